import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { count } from '../../format/numbers.ts'
import type { Day } from './daily-stats.ts'
import styles from './overview.module.css'

const HEIGHT = 200

/** For the eye only: the sentence and the table below it say the same. */
export default function Chart({ days }: { readonly days: readonly Day[] }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const made = new uPlot(optionsFor(element), [[], [], []], element)
    plot.current = made
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    sizes.observe(element)
    const forget = onThemeChange(() => made.redraw())
    return () => {
      sizes.disconnect()
      forget()
      made.destroy()
    }
  }, [])
  useEffect(() => {
    const at = days.map(({ date }) => Date.parse(date) / 1000)
    plot.current?.setData([at, days.map((day) => day.signups), days.map((day) => day.logins)])
  }, [days])
  return <div ref={box} className={styles.plot} aria-hidden="true" />
}

// A canvas keeps the colors in which it was drawn.
function onThemeChange(act: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const chosen = new MutationObserver(act)
  system.addEventListener('change', act)
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => {
    system.removeEventListener('change', act)
    chosen.disconnect()
  }
}

function optionsFor(element: HTMLElement): uPlot.Options {
  // A canvas does not know custom properties, so the colors are those of properties that this element does not show. They
  // are asked when the chart is drawn.
  const style = getComputedStyle(element)
  const axis: uPlot.Axis = {
    stroke: () => style.color,
    font: '11px system-ui, sans-serif',
    grid: { stroke: () => style.borderTopColor, width: 1 },
    ticks: { show: false },
  }
  const line = { width: 2, points: { show: false } }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { show: false },
    legend: { show: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(most, 1) * 1.1] } },
    axes: [
      { ...axis, values: (_, all) => all.map(dayOf) },
      {
        ...axis,
        size: 56,
        values: (_, all) => all.map((value) => (Number.isInteger(value) ? count(value) : '')),
      },
    ],
    series: [
      {},
      { ...line, stroke: () => style.caretColor },
      { ...line, stroke: () => style.columnRuleColor, dash: [6, 3] },
    ],
  }
}

const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })

function dayOf(seconds: number): string {
  return day.format(new Date(seconds * 1000))
}

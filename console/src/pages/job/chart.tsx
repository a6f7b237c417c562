import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import type { Sample } from '../../jobs/use-followed.ts'
import { texts } from '../../texts/texts.ts'
import styles from './job.module.css'

const HEIGHT = 140

/** Loaded only with a running job. The sentence below it says the same to those who do not see it. */
export default function Chart({ samples }: { readonly samples: readonly Sample[] }) {
  const words = texts.job.chart
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const made = new uPlot(optionsFor(element), [[], []], element)
    plot.current = made
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    sizes.observe(element)
    return () => {
      sizes.disconnect()
      made.destroy()
    }
  }, [])
  const [seconds, rates] = ratesOf(samples)
  useEffect(() => plot.current?.setData([seconds, rates]), [seconds, rates])
  const span = duration((seconds.at(-1) ?? 0) - (seconds[0] ?? 0))
  return (
    <figure className={styles.chart}>
      <h3>{words.title}</h3>
      <div ref={box} className={styles.plot} aria-hidden="true" />
      <figcaption>{words.alternative(rates.at(-1) ?? 0, Math.max(0, ...rates), span)}</figcaption>
    </figure>
  )
}

function ratesOf(samples: readonly Sample[]): [seconds: number[], rates: number[]] {
  const pairs = samples.slice(1).map((sample, index) => [samples[index] ?? sample, sample] as const)
  const apart = pairs.filter(([before, after]) => after.seconds - before.seconds > 0.05)
  return [
    apart.map(([, after]) => after.seconds),
    apart.map(([before, after]) =>
      Math.round((after.users - before.users) / (after.seconds - before.seconds)),
    ),
  ]
}

function optionsFor(element: HTMLElement): uPlot.Options {
  // Asked when it is drawn, so that a change of the theme shows with the next event. A canvas does not know custom
  // properties, so the colors are those of properties that this element does not show.
  const style = getComputedStyle(element)
  const axis: uPlot.Axis = {
    stroke: () => style.color,
    font: '11px system-ui, sans-serif',
    grid: { stroke: () => style.borderTopColor, width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(most, 1) * 1.1] } },
    axes: [
      { ...axis, size: 26, values: (_, all) => all.map((value) => texts.job.chart.seconds(value)) },
      { ...axis, size: 64, values: (_, all) => all.map((value) => count(value)) },
    ],
    series: [
      {},
      {
        stroke: () => style.caretColor,
        fill: () => style.columnRuleColor,
        width: 2,
        points: { show: false },
      },
    ],
  }
}

import { useEffect, useState } from 'react'
import { Select } from '../parts/choice.tsx'
import { texts } from '../texts/texts.ts'

const THEMES = ['auto', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

const KEY = 'muster.theme'

export function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(stored)
  useEffect(() => {
    const { dataset } = document.documentElement
    if (theme === 'auto') delete dataset['theme']
    else dataset['theme'] = theme
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // A browser may forbid it. Then the choice holds for this page only.
    }
  }, [theme])
  const { label, ...names } = texts.app.theme
  return (
    <Select
      label={label}
      isLabelHidden
      options={THEMES.map((id) => ({ id, label: names[id] }))}
      value={theme}
      onChange={setTheme}
    />
  )
}

function stored(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto'
  } catch {
    return 'auto'
  }
}

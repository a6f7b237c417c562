import type { ExportRequest } from '../../api/client.ts'

export interface Preset {
  readonly name: string
  readonly fields: NonNullable<ExportRequest['fields']>
}

const KEY = 'muster.export.presets'

export function storedPresets(): readonly Preset[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? found.filter(isPreset) : []
  } catch {
    return []
  }
}

/** False if the browser refused. */
export function storePresets(presets: readonly Preset[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(presets))
    return true
  } catch {
    return false
  }
}

function isPreset(value: unknown): value is Preset {
  const { name, fields } = (value ?? {}) as Record<string, unknown>
  return typeof name === 'string' && Array.isArray(fields)
}

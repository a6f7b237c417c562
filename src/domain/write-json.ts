import { ExactNumber, ExactNumberFound } from './exact-number.ts'

export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof ExactNumberFound)) throw error
    return written(value) ?? 'null'
  }
}

function written(value: unknown): string | undefined {
  if (value instanceof ExactNumber) return value.digits
  if (Array.isArray(value)) return `[${value.map((item) => written(item) ?? 'null').join(',')}]`
  if (typeof value !== 'object' || value === null || writesItself(value)) return JSON.stringify(value)
  let members = ''
  for (const [name, member] of Object.entries(value)) {
    const text = written(member)
    if (text !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${text}`
  }
  return `{${members}}`
}

function writesItself(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

import { expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { checkExportRequest } from '../../src/plan/check-request.ts'

const check = (request: ExportRequest): void =>
  checkExportRequest(request, { now: new Date('2026-01-01'), fieldsMax: 500 })

test('a parameter of CSV is refused for another format', () => {
  const refused: Partial<ExportRequest>[] = [{ csv: { bom: true } }, { metadata_columns: 'discover' }]
  for (const members of refused) {
    const [name = ''] = Object.keys(members)
    expect(() => check({ format: 'json', ...members })).toThrow(new RegExp(`^${name}: .+ format csv$`))
    expect(() => check({ format: 'csv', ...members })).not.toThrow()
  }
})

test('an empty csv parameter is accepted for any format', () => {
  expect(() => check({ format: 'json', csv: {} })).not.toThrow()
  expect(() => check({ format: 'csv', csv: {} })).not.toThrow()
})

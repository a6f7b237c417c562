import { expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { checkExportRequest } from '../../src/plan/check-request.ts'

const check = (request: ExportRequest): void =>
  checkExportRequest(request, { now: new Date('2026-01-01'), fieldsMax: 500 })

test('what only a CSV file has is refused for any other', () => {
  const refused: Partial<ExportRequest>[] = [{ csv: { bom: true } }, { metadata_columns: 'discover' }]
  for (const members of refused) {
    const [name = ''] = Object.keys(members)
    expect(() => check({ format: 'json', ...members })).toThrow(new RegExp(`^${name}: .+ format csv$`))
    expect(() => check({ format: 'csv', ...members })).not.toThrow()
  }
})

test('an empty csv asks for nothing, of any file', () => {
  expect(() => check({ format: 'json', csv: {} })).not.toThrow()
  expect(() => check({ format: 'csv', csv: {} })).not.toThrow()
})

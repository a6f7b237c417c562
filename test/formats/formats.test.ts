import { expect, test } from 'vitest'
import { mediaTypeOf, tellsDeletions } from '../../src/formats/formats.ts'

test('a file is downloaded with the media type of its format, and an unknown format as plain bytes', () => {
  expect(mediaTypeOf('job/1/tenant.csv.gz')).toBe('application/gzip')
  expect(mediaTypeOf('job/1/tenant.json.gz')).toBe('application/gzip')
  expect(mediaTypeOf('job/1/tenant.csv')).toBe('application/octet-stream')
})

test('a file of changes names deleted users in JSON and not in CSV', () => {
  expect(tellsDeletions('json')).toBe(true)
  expect(tellsDeletions('csv')).toBe(false)
})

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { momentOfMillis, momentOfTimestamp, momentOfTimestamptz } from '../../src/relations/moment-sql.ts'

const server = inject('postgres')

describe.skipIf(!('url' in server))('timestamps of other products', () => {
  let database: Database
  beforeAll(async () => {
    if ('url' in server) database = openDatabase({ url: server.url, connectionsMax: 1 })
    await database.query(`set timezone = 'America/St_Johns'`)
  })
  afterAll(() => database.stop())

  async function textOf(sql: string): Promise<string | null | undefined> {
    const [row] = await database.query<{ text: string | null }>(`select ${sql} as text`)
    return row?.text
  }

  test.each([0, 1, 999, 1_700_000_000_123, 1_700_000_000_999, 4_102_444_799_999, -1])(
    'milliseconds %d have the text that JavaScript gives them',
    async (millis) => {
      expect(await textOf(momentOfMillis(`${millis}::bigint`))).toBe(new Date(millis).toISOString())
    },
  )

  test('a timestamp with a zone is written in UTC, with another zone of the session too', async () => {
    expect(await textOf(momentOfTimestamptz(`'2026-01-31 23:59:59.9876+02'::timestamptz`))).toBe(
      '2026-01-31T21:59:59.987Z',
    )
    expect(await textOf(momentOfTimestamptz(`'infinity'::timestamptz`))).toBeNull()
  })

  test('a timestamp without a zone is taken as UTC', async () => {
    expect(await textOf(momentOfTimestamp(`'2026-01-31 23:59:59'::timestamp`))).toBe(
      '2026-01-31T23:59:59.000Z',
    )
  })
})

import pg from 'pg'
import { readJson } from '../domain/read-json.ts'

const { builtins } = pg.types

// 64-bit integers become bigint. A JavaScript number would silently round keys above 2^53, and an export would lose
// users.
const PARSERS = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [builtins.JSON, readJson],
  [builtins.JSONB, readJson],
])

export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
}

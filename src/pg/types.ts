import pg from 'pg'
import { readJson } from '../domain/read-json.ts'

const { builtins } = pg.types

// 64-bit integers as bigint: keys of users pass 2^53 never, but a silent rounding would lose some.
const PARSERS = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [builtins.JSON, readJson],
  [builtins.JSONB, readJson],
])

/** How values of the database become values of JavaScript. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
}

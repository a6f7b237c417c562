import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { failureOf } from './failure-of.ts'

/** If `chunks` throws, its error is passed on unchanged: it must not look like a lost database. */
export async function copyInto(
  client: pg.PoolClient,
  text: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  let own: { readonly error: unknown } | undefined
  function* watched(): Generator<Uint8Array> {
    try {
      yield* chunks
    } catch (error) {
      own = { error }
      throw error
    }
  }
  try {
    // `pipeline` ends `chunks` when the server refuses a row. Otherwise the source would go on making rows in vain.
    await pipeline(watched(), client.query(copyFrom(text)))
  } catch (error) {
    throw own === undefined ? failureOf(error) : own.error
  }
}

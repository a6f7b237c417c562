import { type Cancel, type Database, openDatabase } from './database.ts'

/**
 * The embedded engine has one session, and its socket server puts the messages of several connections into it
 * one by one: the halves of two statements would meet. So the pool has one connection, and statements wait
 * in the pool for one another.
 */
const CONNECTIONS_MAX = 1

/**
 * Opens the embedded engine's pool; nothing is connected before the first query. The caller stops it. Without `cancel` an
 * aborted statement is no longer waited for, and runs to its end.
 */
export function openEmbeddedDatabase(socketFolder: string, cancel: Cancel = () => undefined): Database {
  return onOneSession(openDatabase({ socketFolder, connectionsMax: CONNECTIONS_MAX, cancel }))
}

function onOneSession(pool: Database): Database {
  return {
    ...pool,
    // The socket server loses count of the bytes of a COPY FROM.
    connect: async () => {
      const { copyIn: _, ...session } = await pool.connect()
      return session
    },
    transaction: (work, options) => pool.transaction(({ query }) => work({ query }), options),
    // All connections share one session, and with it temporary tables. Holding the connection would stop all others.
    keep: async () => ({ query: pool.query, release: () => undefined }),
    // The engine has no timer of its own that could end a statement.
    queryWithin: (_seconds, text, values) => pool.query(text, values),
    until: (signal) => onOneSession(pool.until(signal)),
  }
}

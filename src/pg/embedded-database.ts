import { type CopyWay, plainWay } from './copy-way.ts'
import { type Cancel, type Database, openDatabase } from './database.ts'

/**
 * The embedded engine has one session. With several connections, its socket server would mix the messages of two
 * statements in it. So statements wait for one connection.
 */
const CONNECTIONS_MAX = 1

/** The caller stops it. Without `cancel`, an aborted statement runs to its end, but nobody waits for it. */
export function openEmbeddedDatabase(
  socketFolder: string,
  cancel: Cancel = () => undefined,
  copyWay: CopyWay = plainWay,
): Database {
  return onOneSession(openDatabase({ socketFolder, connectionsMax: CONNECTIONS_MAX, cancel, copyWay }))
}

function onOneSession(pool: Database): Database {
  return {
    ...pool,
    // Without `copyIn`, since the socket server miscounts the bytes of a COPY FROM.
    connect: async () => {
      const { copyIn: _, ...session } = await pool.connect()
      return session
    },
    transaction: (work, options) => pool.transaction(({ query }) => work({ query }), options),
    // All work shares one session and its temporary tables. To hold the one connection would stop all other work.
    keep: async () => ({ query: pool.query, release: () => undefined }),
    // Without the limit, since the engine has no statement_timeout.
    queryWithin: (_seconds, text, values) => pool.query(text, values),
    until: (signal) => onOneSession(pool.until(signal)),
  }
}

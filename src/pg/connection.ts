/** An administrator sees Muster's connections under this name. load.ts leaves connections of this name out. */
export const APPLICATION_NAME = 'muster'

// A host without power sends nothing, not even an error. After this many seconds without bytes, the operating system
// probes it, about ten times, and then closes the connection.
const KEEP_ALIVE_SECONDS = 15

export const CONNECTION = {
  application_name: APPLICATION_NAME,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_SECONDS * 1000,
} as const

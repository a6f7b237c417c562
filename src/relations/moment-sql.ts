// The text of a timestamp as a profile shows it. Such texts sort as the times do.
const FORM = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

export function momentOfTimestamptz(sql: string): string {
  return momentOfTimestamp(`(${sql} at time zone 'UTC')`)
}

/** A timestamp without time zone, which the product writes in UTC. */
export function momentOfTimestamp(sql: string): string {
  return `to_char(${sql}, ${FORM})`
}

export function momentOfMillis(sql: string): string {
  return momentOfTimestamptz(`to_timestamp(${sql} / 1000.0)`)
}

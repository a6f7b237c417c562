// The text of a timestamp as a profile shows it. Such texts sort as the times do.
const FORM = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

export function momentOfTimestamptz(sql: string): string {
  return momentOfTimestamp(`(${sql} at time zone 'UTC')`)
}

/** A timestamp without time zone, which the product writes in UTC. */
export function momentOfTimestamp(sql: string): string {
  return `to_char(${sql}, ${FORM})`
}

/** Of a column whose type a deployment chose: PostgreSQL's name of it. */
export function momentOf(type: string | undefined, sql: string): string {
  return type === 'timestamp without time zone' ? momentOfTimestamp(sql) : momentOfTimestamptz(sql)
}

export function momentOfMillis(sql: string): string {
  return momentOfTimestamptz(`to_timestamp(${sql} / 1000.0)`)
}

import type { Session } from './database.ts'

export async function firstRow<Row>(
  session: Session,
  text: string,
  values?: readonly unknown[],
): Promise<Row | undefined> {
  const [row] = await session.query<Row>(text, values)
  return row
}

/** With `returning`: whether the statement has written a row. */
export async function givesRow(session: Session, text: string, values: readonly unknown[]): Promise<boolean> {
  return (await session.query(text, values)).length > 0
}

export async function run(session: Session, text: string, values: readonly unknown[]): Promise<void> {
  await session.query(text, values)
}

/** The messages of what lies under an error, each with its code. Empty if nothing is known. */
export function causesOf(cause: unknown): readonly string[] {
  // Node tries every address of a host, and each can fail for another reason.
  if (cause instanceof AggregateError) return (cause.errors as readonly unknown[]).flatMap(causesOf)
  if (!(cause instanceof Error)) return []
  const code =
    'code' in cause && !cause.message.includes(String(cause.code)) ? ` (${String(cause.code)})` : ''
  return [`${cause.message}${code}`]
}

/**
 * Sets limits by the startup message and not by SET: a connection pooler would give a session with such settings to the
 * product's own clients. A pooler refuses the message instead. Options of the URL stay, such as a search_path.
 */
export function sourceUrl(
  url: string,
  { statementSeconds, idleSeconds }: { readonly statementSeconds: number; readonly idleSeconds: number },
): string {
  const made = new URL(url)
  const own = [
    ['default_transaction_read_only', 'on'],
    // With row-level security a role sees only some users, without an error. With this setting PostgreSQL refuses the
    // query instead, so no file lacks users.
    ['row_security', 'off'],
    ['statement_timeout', String(statementSeconds * 1000)],
    ['idle_in_transaction_session_timeout', String(idleSeconds * 1000)],
  ].map(([name, value]) => `-c ${name}=${value}`)
  const given = made.searchParams.get('options')
  made.searchParams.set('options', [...(given === null ? [] : [given]), ...own].join(' '))
  made.searchParams.set('application_name', 'muster')
  return made.href
}

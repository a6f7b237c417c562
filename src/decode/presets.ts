// Auth0's dashboard extension (User Import / Export) writes these names instead of those of attributes.
const PRESETS: ReadonlyMap<string, string> = new Map([
  ['Id', 'user_id'],
  ['Given Name', 'given_name'],
  ['Family Name', 'family_name'],
  ['Nickname', 'nickname'],
  ['Name', 'name'],
  ['Email', 'email'],
  ['Email Verified', 'email_verified'],
  ['Picture', 'picture'],
  ['Connection', 'identities[0].connection'],
  ['Created At', 'created_at'],
  ['Updated At', 'updated_at'],
])

/**
 * The extension's names count only if the file has `Id` without `user_id`, or `Email` without `email`. Otherwise `Name`
 * could be an attribute of the sender's own.
 */
export function presetNames(has: (name: string) => boolean): (name: string) => string {
  const isMeant = (name: string): boolean => has(name) && !has(PRESETS.get(name) ?? name)
  if (!isMeant('Id') && !isMeant('Email')) return (name) => name
  return (name) => (isMeant(name) ? (PRESETS.get(name) ?? name) : name)
}

// What Auth0's dashboard extension names the fields that it exports by default.
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
 * What the names of a file mean. The extension's are understood where one of them tells who the user is and
 * nothing else does; a name stays as it is where the file has the attribute under its own name, too.
 */
export function presetNames(has: (name: string) => boolean): (name: string) => string {
  const isMeant = (name: string): boolean => has(name) && !has(PRESETS.get(name) ?? name)
  if (!isMeant('Id') && !isMeant('Email')) return (name) => name
  return (name) => (isMeant(name) ? (PRESETS.get(name) ?? name) : name)
}

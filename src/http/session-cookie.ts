/**
 * The one cookie of Muster. It is read and written here by hand: a cookie library would parse the cookies of every
 * request of the API, for the sake of one name and a value of letters, digits, dots, hyphens and underscores.
 */
export interface SessionCookie {
  /** For `Set-Cookie`. */
  set(value: string, seconds: number): string
  clear(): string
  /**
   * Undefined without the cookie. Also if it came twice: another site of the same domain can add a cookie of this name,
   * and the server cannot know which of the two is ours.
   */
  read(header: string | undefined): string | undefined
  /** Also if the cookie came twice, or with a value that is none of ours. */
  isIn(header: string | undefined): boolean
}

export const SESSION_PATH = '/console/session'

export function sessionCookieOf(publicUrl: string): SessionCookie {
  const { protocol, port, pathname } = new URL(publicUrl)
  const isSecure = protocol === 'https:'
  // Browsers send a cookie to every port of a host. Without the port in its name, two Musters on one machine would
  // overwrite each other's. Browsers accept the prefix from HTTPS only, so plain HTTP cannot plant such a cookie.
  const name = `${isSecure ? '__Secure-' : ''}muster_session${port === '' ? '' : `_${port}`}`
  const path = `${pathname.replace(/\/$/, '')}${SESSION_PATH}`
  const attributes = `Path=${path}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
  return {
    set: (value, seconds) => `${name}=${value}; Max-Age=${seconds}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
    read: (header) => {
      const [value, ...more] = valuesIn(header, name)
      return value !== undefined && more.length === 0 && VALUE.test(value) ? value : undefined
    },
    isIn: (header) => valuesIn(header, name).length > 0,
  }
}

const VALUE = /^[A-Za-z0-9._-]{1,4096}$/

function valuesIn(header: string | undefined, name: string): readonly string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}

import { Failure } from './domain/failure.ts'
import { parseFieldPath } from './domain/field-path.ts'
import type { MailServer } from './domain/mail-server.ts'

export type Key<T> = {
  readonly env: string
  readonly flag?: string
  readonly about: string
  /** Fails with `config_invalid` and a sentence that says what was expected. */
  readonly parse: (text: string) => T
} & (
  | { readonly fallback: string }
  /** What holds without a value, in words for the help: no text exists that `parse` could read. */
  | { readonly unset: string }
)

export type ValuesOf<Keys extends Record<string, Key<unknown>>> = {
  readonly [Name in keyof Keys]:
    | ReturnType<Keys[Name]['parse']>
    | (Keys[Name] extends { readonly unset: string } ? undefined : never)
}

function unfit(expected: string, cause?: unknown): Failure {
  return new Failure('config_invalid', expected, { cause })
}

export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw unfit(`expected a whole number from ${min} to ${max}`)
  }
}

export function portOrOff(text: string): number | undefined {
  return text === 'off' ? undefined : whole(0, 65_535)(text)
}

/** 0 turns the setting off. */
export function wholeOrOff(min: number, max: number): (text: string) => number {
  const parse = whole(min, max)
  return (text) => (text === '0' ? 0 : parse(text))
}

export function waits(text: string): readonly number[] {
  const seconds = text.split(',').map((part) => part.trim())
  if (seconds.length > 20) throw unfit('expected at most 20 pauses')
  return seconds.map(whole(0, 86_400))
}

export function matching(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (pattern.test(text)) return text
    throw unfit(`expected ${expected}`)
  }
}

export function flag(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw unfit('expected true or false')
}

export function webUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url === undefined || !isWeb || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw unfit('expected an http or https URL without query, fragment or user')
  }
  return url.href.replace(/\/+$/, '')
}

/** Text with a scheme is never a folder, so that a misspelt `s3://` does not make one. */
export function objectsUrl(
  text: string,
): { kind: 's3'; bucket: string; prefix: string } | { kind: 'folder'; folder: string } {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return { kind: 'folder', folder: text }
  const [, bucket, path = ''] =
    /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9])(\/.*)?$/.exec(text) ?? []
  const segments = path.split('/').filter((segment) => segment !== '')
  if (bucket === undefined || !segments.every((segment) => /^(?!\.+$)[A-Za-z0-9._-]+$/.test(segment)))
    throw unfit('expected a folder, or s3://, a bucket, and a prefix of A-Z a-z 0-9 . _ - / or none')
  return { kind: 's3', bucket, prefix: segments.map((segment) => `${segment}/`).join('') }
}

export function databaseUrl(text: string): string {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text
  throw unfit('expected a URL that begins with postgres://')
}

/** A URL of several hosts has commas itself, so only a comma before a scheme separates two URLs. */
export function databaseUrls(text: string): readonly string[] {
  return text.split(/\s*,\s*(?=[a-z]+:\/\/)/).map(databaseUrl)
}

export function fieldNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    const path = parseFieldPath(name)
    if ('problem' in path) throw unfit(`expected field names with commas between them; ${path.problem}`)
  }
  return names
}

/** `smtp://` upgrades with STARTTLS if the server offers it; `smtps://` begins with TLS. */
export function smtpServer(text: string): MailServer {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSmtp = url?.protocol === 'smtp:' || url?.protocol === 'smtps:'
  const hasMore = url !== undefined && (url.pathname.length > 1 || url.search !== '' || url.hash !== '')
  if (url === undefined || !isSmtp || !SMTP_HOST.test(url.hostname) || hasMore || url.port === '0')
    throw unfit('expected smtp:// or smtps://, with user:password@ or without, a host, and a port or none')
  const isSecure = url.protocol === 'smtps:'
  // RFC 8314: 465 is for TLS from the first byte on. RFC 6409: 587 is for submission.
  const port = url.port === '' ? (isSecure ? 465 : 587) : Number(url.port)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (url.username === '' && url.password === '') return { host, port, isSecure }
  const [user, password] = [url.username, url.password].map(unescaped) as [string, string]
  if (user === '' || password === '') throw unfit('expected a user and a password, or neither')
  return { host, port, isSecure, login: { user, password } }
}

const SMTP_HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw unfit('expected user and password to be percent-encoded', cause)
  }
}

export const mailSender = matching(
  /^([^<>@,;"\x00-\x1f]{1,100} <[^\s<>@,;"]+@[^\s<>@,;"]+>|[^\s<>@,;"]+@[^\s<>@,;"]+)$/,
  'an address, or a name and an address in <>',
)

export const anyText = matching(/./, 'a value')

export function pick<Values, Name extends keyof Values>(
  values: Values,
  names: readonly Name[],
): Pick<Values, Name> {
  return Object.fromEntries(names.map((name) => [name, values[name]])) as unknown as Pick<Values, Name>
}

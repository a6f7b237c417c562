import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { DATABASE_KEYS, databaseContradictions } from './database-settings.ts'
import { DEFAULT_FIELDS } from './domain/export-request.ts'
import { Failure } from './domain/failure.ts'
import { GZIP_LEVEL_MAX } from './domain/gzip-level.ts'
import { CLIENT_ID_PATTERN } from './domain/ids.ts'
import type { ObjectsPlace } from './domain/objects-place.ts'
import { defaultRateLimit, parseRateLimit, type RateLimit } from './domain/rate-limit.ts'
import type { SourceSettings } from './domain/source.ts'
import { GATE_KEYS, type Gates, gatesOf } from './gate-settings.ts'
import { LIMIT_KEYS, type Limits, limitsOf } from './limits.ts'
import { MAIL_KEYS, type MailSettings, mailContradictions, mailOf } from './mail-settings.ts'
import { METRICS_KEYS, type MetricsPlace, metricsOf } from './metrics-settings.ts'
import { OBJECTS_KEYS, objectsContradictions, objectsOf } from './objects-settings.ts'
import {
  anyText,
  fieldNames,
  flag,
  type Key,
  matching,
  pick,
  type ValuesOf,
  webUrl,
  whole,
} from './settings.ts'
import { readSources } from './sources-settings.ts'

export const KEYS = {
  port: {
    env: 'MUSTER_PORT',
    flag: '--port <number>',
    about: 'TCP port to listen on, 0 to 65535; 0 takes a free one.',
    fallback: '3000',
    parse: whole(0, 65_535),
  },
  host: {
    env: 'MUSTER_HOST',
    flag: '--host <address>',
    about: 'Address to listen on.',
    fallback: '127.0.0.1',
    parse: anyText,
  },
  dataDir: {
    env: 'MUSTER_DATA_DIR',
    flag: '--data-dir <folder>',
    about: 'Folder for files, certificates and the embedded database.',
    fallback: './muster-data',
    parse: anyText,
  },
  publicUrl: {
    env: 'MUSTER_PUBLIC_URL',
    flag: '--public-url <url>',
    about: 'URL under which clients reach Muster; tokens and links contain it.',
    unset: 'made from host, port and TLS',
    parse: webUrl,
  },
  tenant: {
    env: 'MUSTER_TENANT',
    flag: '--tenant <name>',
    about:
      'Tenant name, used in the names of export files and in mails; 1 to 63 letters, digits, dots, hyphens and underscores.',
    unset: 'first label of the public host',
    parse: matching(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      '1 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first',
    ),
  },
  ...DATABASE_KEYS,
  ...OBJECTS_KEYS,
  tlsCert: {
    env: 'MUSTER_TLS_CERT',
    flag: '--tls-cert <file>',
    about: 'File with the certificate chain in PEM; needs MUSTER_TLS_KEY too.',
    unset: 'no TLS',
    parse: anyText,
  },
  tlsKey: {
    env: 'MUSTER_TLS_KEY',
    flag: '--tls-key <file>',
    about: "File with the certificate's private key in PEM.",
    unset: 'no TLS',
    parse: anyText,
  },
  tlsSelfSigned: {
    env: 'MUSTER_TLS_SELF_SIGNED',
    flag: '--tls-self-signed',
    about:
      'Serve https://localhost with a certificate from a local CA, which Muster makes once; true or false.',
    fallback: 'false',
    parse: flag,
  },
  clientId: {
    env: 'MUSTER_CLIENT_ID',
    about: 'Id of the first client, 1 to 64 characters; needs MUSTER_CLIENT_SECRET too.',
    unset: 'generated and shown once',
    parse: matching(CLIENT_ID_PATTERN, '1 to 64 printable characters without spaces and colons'),
  },
  clientSecret: {
    env: 'MUSTER_CLIENT_SECRET',
    about: 'Secret of the first client, 16 to 128 characters; stored as a hash.',
    unset: 'generated and shown once',
    parse: matching(/^[\x21-\x7e]{16,128}$/, '16 to 128 printable characters without spaces'),
  },
  tokenLifetimeSeconds: {
    env: 'MUSTER_TOKEN_LIFETIME_SECONDS',
    about: 'Lifetime of an access token, in seconds, 60 to 2592000.',
    fallback: '86400',
    parse: whole(60, 2_592_000),
  },
  rateLimit: {
    env: 'MUSTER_RATE_LIMIT',
    about: "Requests that one client may send: off, one of Auth0's tiers, or BURST/PER_MINUTE (100/6000).",
    unset: 'off when only this machine can connect, else enterprise',
    parse: parseRateLimit,
  },
  ...GATE_KEYS,
  console: {
    env: 'MUSTER_CONSOLE',
    about: 'Serve the console at / and let people sign in to it; true or false.',
    fallback: 'true',
    parse: flag,
  },
  defaultFields: {
    env: 'MUSTER_DEFAULT_FIELDS',
    about: 'Fields of an export whose request names none, with commas between them.',
    unset: 'the scalar profile attributes and identities[0].connection',
    parse: fieldNames,
  },
  concurrency: {
    env: 'MUSTER_CONCURRENCY',
    about: 'Exports that one process works on at a time, 1 to 64.',
    fallback: '2',
    parse: whole(1, 64),
  },
  exportConnections: {
    env: 'MUSTER_EXPORT_CONNECTIONS',
    about: 'Database connections that read one export at once, 1 to 64.',
    unset: 'the number of cores, at least 2',
    parse: whole(1, 64),
  },
  compressor: {
    env: 'MUSTER_COMPRESSOR',
    about: 'What compresses export files: zlib, or the program igzip.',
    unset: 'igzip where it is installed and the level is 1 to 3, else zlib',
    parse: matching(/^(zlib|igzip)$/, 'zlib or igzip'),
  },
  gzipLevel: {
    env: 'MUSTER_GZIP_LEVEL',
    about: 'Compression of export files, 1 (fast) to 9 (small); igzip has levels 1 to 3.',
    // Level 2 takes 2 % more CPU than level 1 and saves 3 % of the bytes. Level 3 takes 15 % more to save 3 % more
    // (docs/adr/0009-what-a-line-costs.md).
    fallback: '2',
    parse: whole(1, GZIP_LEVEL_MAX.zlib),
  },
  changesKeptDays: {
    env: 'MUSTER_CHANGES_KEPT_DAYS',
    about: 'How long Muster remembers deleted users for exports with since, in days, 1 to 3650.',
    fallback: '30',
    parse: whole(1, 3650),
  },
  importBytesMax: {
    env: 'MUSTER_IMPORT_BYTES_MAX',
    about: 'Largest users file that may be sent as a stream, in bytes as sent, 1024 to 1099511627776.',
    // 10 GiB: some ten million users without compression, more than most tenants have.
    fallback: '10737418240',
    parse: whole(1024, 1_099_511_627_776),
  },
  ...MAIL_KEYS,
  ...METRICS_KEYS,
  logLevel: {
    env: 'MUSTER_LOG_LEVEL',
    about: 'What Muster logs to standard error: fatal, error, warn, info, debug or silent.',
    fallback: 'info',
    parse: matching(/^(fatal|error|warn|info|debug|silent)$/, 'fatal, error, warn, info, debug or silent'),
  },
  ...LIMIT_KEYS,
} as const satisfies Record<string, Key<unknown>>

type Values = ValuesOf<typeof KEYS>

export function defaultInWords(key: Key<unknown>): string {
  return 'unset' in key ? key.unset : key.fallback
}

export interface Config extends Pick<Values, (typeof AS_THEY_ARE)[number]> {
  readonly dataDir: string
  readonly objects: ObjectsPlace
  readonly tls: { readonly certFile: string; readonly keyFile: string } | 'self-signed' | undefined
  readonly firstClient: { readonly id: string; readonly secret: string } | undefined
  readonly rateLimit: RateLimit
  readonly gates: Gates
  readonly defaultFields: readonly string[]
  readonly exportConnections: number
  readonly mail: MailSettings | undefined
  readonly metrics: MetricsPlace | undefined
  readonly sources: readonly SourceSettings[]
  readonly limits: Limits
}

const AS_THEY_ARE = [
  ...(['port', 'host', 'publicUrl', 'tenant', 'databaseUrl', 'tokenLifetimeSeconds', 'logLevel'] as const),
  ...(['concurrency', 'compressor', 'gzipLevel', 'changesKeptDays', 'importBytesMax', 'downloads'] as const),
  ...(['databaseReadUrls', 'console'] as const),
]

// A complaint about one of these does not repeat its value, which may hold a password.
const SECRETS: ReadonlySet<string> = new Set<keyof Values>([
  'clientSecret',
  'databaseUrl',
  'databaseReadUrls',
  'smtpUrl',
])

/**
 * An option of the command line replaces a variable of the environment, so that one start can differ. Fails with
 * `config_invalid`, and names everything that is wrong at once.
 */
export function readConfig(
  options: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const complaints: string[] = []
  const values = Object.fromEntries(
    Object.entries(KEYS).flatMap(([name, key]) => {
      const option = options[name]
      const given = option === undefined ? env[key.env] : String(option)
      const text = given || ('fallback' in key ? key.fallback : '')
      if (text === '') return []
      try {
        return [[name, key.parse(text)]]
      } catch (error) {
        const came = SECRETS.has(name) ? '' : `; came: ${text}`
        complaints.push(`${key.env}: ${error instanceof Error ? error.message : String(error)}${came}`)
        return []
      }
    }),
  ) as unknown as Values
  const { sources, complaints: ofSources } = readSources(env)
  complaints.push(...contradictions(values), ...ofSources)
  if (complaints.length > 0) {
    throw new Failure(
      'config_invalid',
      `Muster cannot start:\n${complaints.map((line) => `  - ${line}\n`).join('')}`,
    )
  }
  return configOf(values, sources)
}

function contradictions(values: Values): string[] {
  const complaints: string[] = []
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined)) {
    complaints.push('MUSTER_TLS_CERT and MUSTER_TLS_KEY: expected both or neither')
  }
  if (values.tlsSelfSigned === true && values.tlsCert !== undefined) {
    complaints.push('MUSTER_TLS_SELF_SIGNED: expected not to be set together with MUSTER_TLS_CERT')
  }
  if ((values.clientId === undefined) !== (values.clientSecret === undefined)) {
    complaints.push('MUSTER_CLIENT_ID and MUSTER_CLIENT_SECRET: expected both or neither')
  }
  complaints.push(
    ...databaseContradictions(values),
    ...mailContradictions(values),
    ...objectsContradictions(values),
  )
  if (values.compressor === 'igzip' && values.gzipLevel > GZIP_LEVEL_MAX.igzip) {
    complaints.push('MUSTER_COMPRESSOR and MUSTER_GZIP_LEVEL: expected zlib, or a level of 1 to 3')
  }
  return complaints
}

function configOf(values: Values, sources: readonly SourceSettings[]): Config {
  const { clientId: id, clientSecret: secret, tlsCert: certFile, tlsKey: keyFile } = values
  const { host } = values
  const dataDir = resolve(values.dataDir)
  const files = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile }
  return Object.freeze({
    ...pick(values, AS_THEY_ARE),
    dataDir,
    objects: objectsOf(values, dataDir),
    tls: values.tlsSelfSigned === true ? 'self-signed' : files,
    firstClient: id === undefined || secret === undefined ? undefined : { id, secret },
    rateLimit: values.rateLimit ?? defaultRateLimit(host),
    gates: gatesOf(values),
    defaultFields: values.defaultFields ?? DEFAULT_FIELDS,
    exportConnections: values.exportConnections ?? Math.max(2, availableParallelism()),
    mail: mailOf(values),
    metrics: metricsOf(values),
    sources,
    limits: limitsOf(values),
  } as const)
}

/** To be called before the SDK is loaded: it would print a warning about the Node versions that it will want later. */
export function quietAwsSdk(env: Record<string, string | undefined> = process.env): void {
  env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
}

import { type Source, withoutComments } from './sources.ts'

interface Door {
  readonly what: string
  /** Matches the code that uses it, or the name of a package that is imported. */
  readonly use?: RegExp
  readonly package?: RegExp
  /** Files that may. */
  readonly at: RegExp
  /** Files that may name its types. */
  readonly typesAt?: RegExp
}

/** Each outside thing has one place that touches it, so that there is one place to change, fake or audit. */
const DOORS: readonly Door[] = [
  { what: 'the environment', use: /\bprocess\.env\b/, at: /^src\/config\.ts$/ },
  {
    what: 'the end of the process',
    use: /\bprocess\.(exit|abort|kill)\b/,
    // In a worker thread it ends the thread; the lock asks with signal 0 whether a process lives.
    at: /^src\/(main\.ts|cli\/(begin|run-command)\.ts|threads\/inside\.js|pg\/folder-lock\.ts)$/,
  },
  { what: 'threads', package: /^(node:)?worker_threads$/, at: /^src\/threads\// },
  { what: 'signals', use: /\bprocess\.(on|once)\(/, at: /^src\/cli\/(begin|run-command)\.ts$/ },
  { what: 'the time', use: /\bnew Date\(\)|\bDate\.now\b|\bDate\(\)/, at: /^src\/domain\/clock\.ts$/ },
  { what: 'JSON.parse', use: /\bJSON\.parse\b/, at: /^src\/domain\/read-(?:json|members)\.ts$/ },
  { what: 'PostgreSQL', package: /^(pg|pg-copy-streams|@electric-sql\/.*)$/, at: /^src\/pg\// },
  {
    what: 'Fastify',
    package: /^(fastify|@fastify\/.*)$/,
    at: /^src\/http\//,
    typesAt: /^src\/compose\//,
  },
  { what: 'zlib', package: /^(node:)?zlib$/, at: /^src\/(compress\/|decode\/|cli\/unpack\.ts)/ },
  { what: 'other programs', package: /^(node:)?child_process$/, at: /^src\/compress\/igzip-[^/]+$/ },
  { what: 'the AWS SDK', package: /^@aws-sdk\//, at: /\/s3-[^/]+$/ },
  { what: 'jose', package: /^jose$/, at: /^src\/tokens\// },
  { what: 'X.509', package: /^(@peculiar\/.*|reflect-metadata)$/, at: /^src\/certificates\// },
  { what: 'z-schema', package: /^z-schema$/, at: /^src\/schema\// },
  { what: 'nodemailer', package: /^nodemailer$/, at: /^src\/mail\/smtp-[^/]+$/ },
  { what: 'bcrypt', package: /bcrypt/, at: /^src\/hashing\/hash-thread\.js$/ },
  { what: 'prom-client', package: /^prom-client$/, at: /^src\/observe\/prom-[^/]+$/ },
  { what: 'OpenTelemetry', package: /^@opentelemetry\//, at: /^src\/observe\/otel-[^/]+$/ },
  { what: 'pino', package: /^pino$/, at: /^src\/observe\// },
  { what: 'commander', package: /^commander$/, at: /^src\/(main\.ts|cli\/)/ },
]

export function doorComplaints(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    DOORS.filter((door) => isPassed(door, source)).map(
      ({ what, at }) => `${source.path} uses ${what} beside its door, ${at.source.replaceAll('\\', '')}`,
    ),
  )
}

function isPassed(door: Door, { path, text, imports }: Source): boolean {
  if (door.at.test(path)) return false
  if (door.use?.test(withoutComments(text))) return true
  return imports.some(
    ({ target, isType }) => door.package?.test(target) && !(isType && door.typesAt?.test(path)),
  )
}

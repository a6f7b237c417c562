import { spawn } from 'node:child_process'
import { DEFAULT_FIELDS } from '../src/domain/export-request.ts'
import { METADATA } from '../src/domain/profile.ts'

/** What the CSV benchmark asks Muster for. */
export const CSV_FIELDS = [
  'user_id',
  'email',
  'name',
  'created_at',
  'logins_count',
  'app_metadata.plan',
  'user_metadata.consent.given',
  'identities[0].connection',
].map((name) => ({ name }))

/** The SQL that an expert would write for the same file, knowing the type of every value. */
export const CSV_COPY = `copy (
  select '''' || user_id as user_id, '''' || email as email, '''' || name as name, created_at, logins_count, '''' || (app_metadata ->> 'plan') as "app_metadata.plan",
    user_metadata #>> '{consent,given}' as "user_metadata.consent.given",
    '''' || (identities #>> '{0,connection}') as "identities[0].connection"
  from muster.users order by key
) to stdout (format csv, header, force_quote (user_id, email, name, "app_metadata.plan", "identities[0].connection"))`

/** The default fields, with whole attributes instead of paths into them, and both metadata. */
export const NDJSON_FIELDS = [...DEFAULT_FIELDS.map((name) => name.replace(/\[.*/, '')), ...METADATA].map(
  (name) => ({ name }),
)

/** `row_to_json` writes null where Muster omits the member, so the comparison treats both as equal. */
export const NDJSON_COPY = ndjsonCopy(
  `select ${NDJSON_FIELDS.map(({ name }) => name).join(', ')} from muster.users order by key`,
)

/** A JSON object for each row, without the escapes of COPY. */
export function ndjsonCopy(select: string): string {
  return `copy (
  select row_to_json(profile) from (${select}) as profile
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`
}

export type Compressor = 'gzip' | 'pigz'

/** `psql -c "COPY …" | gzip > file`; resolves with the seconds it took. */
export async function typeTheLine(
  line: { databaseUrl: string; copy: string; compressor: Compressor; cores: number },
  file: string,
): Promise<number> {
  const compress = line.compressor === 'gzip' ? 'gzip' : `pigz -p ${line.cores}`
  const started = performance.now()
  await run('bash', [
    '-c',
    `set -o pipefail; psql -qX "$0" -c "$1" | ${compress} > "$2"`,
    line.databaseUrl,
    line.copy,
    file,
  ])
  return (performance.now() - started) / 1000
}

export function run(program: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    )
  })
}

/** Programs of this list that the machine does not have. */
export async function missingPrograms(programs: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const program of programs)
    await run('bash', ['-c', `command -v ${program}`]).catch(() => missing.push(program))
  return missing
}

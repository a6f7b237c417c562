import type { ExportRequest } from '../../api/client.ts'

/** One word of a POSIX shell, whatever the text holds. */
function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export function asCurl(request: ExportRequest): string {
  return [
    'curl -sS "$MUSTER_URL/api/v2/jobs/users-exports"',
    '-H "Authorization: Bearer $TOKEN"',
    `-H 'Content-Type: application/json'`,
    `--data-raw ${shellWord(JSON.stringify(request))}`,
  ].join(' \\\n  ')
}

export function asCommand(request: ExportRequest): string {
  const { connection_id, format, fields = [], limit, q, since, sort, csv = {} } = request
  const isTyped = fields.every(isOption)
  const options = [
    ...(connection_id === undefined ? [] : [`--connection ${shellWord(connection_id)}`]),
    ...(format === undefined ? [] : [`--format ${format}`]),
    ...(isTyped ? fields.map((field) => `--field ${shellWord(optionOf(field))}`) : ['--fields /dev/stdin']),
    ...(limit === undefined ? [] : [`--limit ${limit}`]),
    ...(q === undefined ? [] : [`--query ${shellWord(q)}`]),
    ...(since === undefined ? [] : [`--since ${shellWord(since)}`]),
    ...(request.deletions === undefined ? [] : ['--ignore-deletions']),
    ...(sort === undefined ? [] : [`--sort ${sort}`]),
    ...csvOptions(csv),
    ...(request.metadata_columns === undefined ? [] : ['--discover']),
  ]
  const command = ['muster export --url "$MUSTER_URL" --token "$TOKEN"', ...options].join(' \\\n  ')
  return isTyped ? command : `printf %s ${shellWord(JSON.stringify(fields))} |\n${command}`
}

type Field = NonNullable<ExportRequest['fields']>[number]

// `--field PATH=NAME` ends the path at the first = outside brackets, and takes off blanks at its ends.
function isOption(field: Field): boolean {
  const text = optionOf(field)
  const [, name, as] = /^((?:\["(?:[^"\\]|\\.)*"\]|[^=])+)(?:=(.+))?$/s.exec(text.trim()) ?? []
  return name === field.name && as === field.export_as
}

function optionOf({ name, export_as }: Field): string {
  return export_as === undefined ? name : `${name}=${export_as}`
}

function csvOptions({ guard, delimiter, newline, header, bom }: NonNullable<ExportRequest['csv']>) {
  return [
    ...(guard === undefined ? [] : [`--guard ${guard}`]),
    ...(delimiter === undefined ? [] : [`--delimiter ${delimiter === '\t' ? 'tab' : `'${delimiter}'`}`]),
    ...(newline === undefined ? [] : [`--newline ${newline === '\n' ? 'lf' : 'crlf'}`]),
    ...(header === false ? ['--no-header'] : []),
    ...(bom === true ? ['--bom'] : []),
  ]
}

/** Auth0's SDK speaks https only, so the host alone names the server. */
export function asSdk(request: ExportRequest): string {
  return `import { ManagementClient } from 'auth0'

const muster = new ManagementClient({
  domain: new URL(process.env.MUSTER_URL).host,
  token: process.env.TOKEN,
})
const job = await muster.jobs.usersExports.create(${literalOf(request)})
console.log(job.id)
`
}

function literalOf(value: unknown, indent = ''): string {
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    return `[\n${value.map((entry) => `${deeper}${inLine(entry)},\n`).join('')}${indent}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${deeper}${name}: ${literalOf(member, deeper)},\n`,
  )
  return `{\n${members.join('')}${indent}}`
}

// A field stands on one line.
function inLine(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return JSON.stringify(entry)
  return `{ ${Object.entries(entry)
    .map(([name, member]) => `${name}: ${JSON.stringify(member)}`)
    .join(', ')} }`
}

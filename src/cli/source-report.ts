import type {
  CostReport,
  HelpfulIndex,
  LeftOutReport,
  PrivilegesReport,
  ServerReport,
  SourceReport,
  StandbyReport,
  TablesReport,
  UsersReport,
} from '../inspect/source-report.ts'
import { counted, usersIn } from './progress.ts'
import { inStyle, print, withoutControls } from './terminal.ts'

/** A label, the sentence beside it, and lines to copy below them. */
interface Entry {
  readonly label: string
  readonly text: string
  readonly lines?: readonly string[]
}

const LABEL_WIDTH = 12

export function printReport(report: SourceReport, isNext: boolean): void {
  if (isNext) print('')
  print(inStyle('bold', withoutControls(report.source)))
  for (const { label, text, lines = [] } of entriesOf(report)) {
    print(`  ${inStyle('dim', label.padEnd(LABEL_WIDTH))}${withoutControls(text)}`)
    for (const line of lines) print(`    ${withoutControls(line)}`)
  }
}

function entriesOf(report: SourceReport): readonly Entry[] {
  const { server, tables, users, privileges, indexes, cost, sample } = report
  return [
    { label: 'State', text: stateOf(report) },
    ...report.problems.map((text) => ({ label: 'Problem', text })),
    ...(server === undefined ? [] : serverEntries(server)),
    ...(tables === undefined ? [] : tablesEntries(tables)),
    ...(privileges === undefined
      ? []
      : privilegesEntries({ ...privileges, isOfQuery: tables?.product === undefined })),
    ...(users === undefined ? [] : usersEntries(users)),
    ...(indexes === undefined ? [] : indexesEntries(indexes)),
    ...(cost === undefined ? [] : costEntries(cost)),
    ...(sample === undefined ? [] : [sampleEntry(sample)]),
  ]
}

function stateOf({ state, problems }: SourceReport): string {
  return problems.length === 0 ? `${state}: its users can be exported` : `${state}: exports would fail`
}

function serverEntries({
  version,
  database,
  role,
  milliseconds,
  is_read_only,
  standby,
}: ServerReport): Entry[] {
  const session = is_read_only ? 'The session is read only.' : 'The session is NOT read only.'
  return [
    {
      label: 'Database',
      text: `${database} on PostgreSQL ${version}, which answered in ${counted(milliseconds)} ms`,
    },
    { label: 'Role', text: `${role}. ${session}` },
    { label: 'Standby', text: standby === null ? 'no, this is a primary' : standbyOf(standby) },
  ]
}

function standbyOf({ replayed_seconds_ago: ago, cancels_after_seconds: cancels }: StandbyReport): string {
  const last =
    ago === null ? 'It has replayed no change yet.' : `It replayed its last change ${secondsIn(ago)} ago.`
  const risk =
    cancels === null
      ? ''
      : ` It may cancel an export that keeps replay waiting for ${secondsIn(cancels)}: hot_standby_feedback = on prevents that.`
  return `yes. ${last}${risk}`
}

function tablesEntries({ preset, product, tried_on: triedOn, version, asked }: TablesReport): Entry[] {
  if (product === undefined) return [{ label: 'Tables', text: 'those of your own query' }]
  const named = Object.entries(asked).map(([name, value]) => `, ${name} ${value}`)
  const tried = `The preset was tried on ${triedOn}.`
  return [
    { label: 'Tables', text: `those of ${product} (preset ${preset})${named.join('')}` },
    { label: 'Version', text: `${version ?? 'not known'}. ${tried}` },
  ]
}

interface ShownPrivileges extends PrivilegesReport {
  readonly isOfQuery: boolean
}

function privilegesEntries({ grants, may_write, minimal_role, isOfQuery }: ShownPrivileges): Entry[] {
  const needed: Entry =
    grants.length === 0
      ? { label: 'Privileges', text: 'The role may read everything that exports need.' }
      : {
          label: 'Privileges',
          text: 'The role lacks some. An administrator can grant them:',
          lines: grants,
        }
  const narrower =
    'If a table holds secrets, grant the columns that the query names instead of the whole table.'
  const hint = isOfQuery && (grants.length > 0 || may_write) ? [{ label: '', text: narrower }] : []
  if (!may_write) return [needed, ...hint]
  const text = 'The role may also change these tables. Muster never does, but a role of its own could not:'
  return [needed, { label: '', text, lines: minimal_role }, ...hint]
}

function usersEntries({ exported, is_estimate: isEstimate, left_out: leftOut }: UsersReport): Entry[] {
  const text = isEstimate ? `about ${usersIn(exported)}: to count them takes too long` : usersIn(exported)
  return [{ label: 'Exported', text }, ...leftOut.map(leftOutEntry)]
}

function leftOutEntry({ what, why, count }: LeftOutReport): Entry {
  return {
    label: 'Left out',
    text: `${count === null ? 'an unknown number of' : counted(count)} ${what}. ${why}`,
  }
}

function indexesEntries(indexes: readonly HelpfulIndex[]): Entry[] {
  if (indexes.length === 0) return [{ label: 'Indexes', text: 'None is missing that would help.' }]
  const lines = indexes.flatMap(({ statement, helps }) => [statement, ...helps.map((help) => `  -- ${help}`)])
  const text = `${counted(indexes.length)} would help. The owner of the database decides:`
  return [{ label: 'Indexes', text, lines }]
}

function costEntries(cost: CostReport | null): Entry[] {
  if (cost === null)
    return [{ label: 'Cost', text: 'Not known: a hundred users could not be read in 15 seconds.' }]
  const size = `${bytesIn(cost.gzipped_bytes)} (${bytesIn(cost.bytes)} before compression)`
  return [
    {
      label: 'Cost',
      text: `An export of all users takes about ${secondsIn(cost.seconds)} with one connection, and its file about ${size}.`,
      lines: [
        `This is an estimate, by ${usersIn(cost.sample_users)} that took ${secondsIn(cost.sample_seconds)}, as NDJSON with all attributes.`,
        `The tables take ${bytesIn(cost.table_bytes)} in the database.`,
      ],
    },
  ]
}

function sampleEntry(sample: readonly object[]): Entry {
  const text =
    sample.length === 0 ? 'None could be read within a second.' : `${usersIn(sample.length)}, masked:`
  return { label: 'Sample', text, lines: sample.map((user) => JSON.stringify(user)) }
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

function bytesIn(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1)
  return `${short(bytes / 1000 ** power)} ${UNITS[power]}`
}

function secondsIn(seconds: number): string {
  if (seconds >= 120) return `${short(seconds / 60)} minutes`
  return seconds < 0.1 ? 'less than 0.1 seconds' : `${short(seconds)} seconds`
}

/** Two digits that matter. */
function short(value: number): string {
  return counted(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}

import type { ReactNode } from 'react'
import type { Job } from '../api/client.ts'
import { count } from '../format/numbers.ts'
import { moment } from '../format/times.ts'
import { Code, UserText } from '../parts/text.tsx'
import { texts } from '../texts/texts.ts'
import styles from './jobs.module.css'

export type Fact = readonly [name: string, value: ReactNode]

/** The request of an export in words. What was not asked for is left out. */
export function exportFacts(job: Job): readonly Fact[] {
  const words = texts.job.request
  const { connection, q, since, limit, format, sort, metadata_columns } = job
  return [
    [
      words.users,
      connection === undefined ? words.everybody : <UserText key="users" text={words.of(connection)} />,
    ],
    ...(q === undefined ? [] : [[words.filter, <Code key="q" text={q} isWrapped />] as const]),
    ...(since === undefined ? [] : [[words.since, moment(since)] as const]),
    ...(job.deletions === undefined ? [] : [[words.deletions, words.deletionsIgnored] as const]),
    ...(limit === undefined ? [] : [[words.limit, texts.users(limit)] as const]),
    [words.format, words.formats[format ?? 'csv']],
    [words.fields, <FieldNames key="fields" fields={job.fields ?? []} />],
    ...(metadata_columns === undefined ? [] : [[words.discover, words.discoverOn] as const]),
    ...(sort === undefined ? [] : [[words.order, orderOf(sort)] as const]),
    ...csvFacts(job.csv ?? {}),
  ]
}

const FIELDS_SHOWN = 30

function FieldNames({ fields }: { readonly fields: NonNullable<Job['fields']> }) {
  const words = texts.job.request
  if (fields.length === 0) return words.defaultFields
  // One field may be there twice.
  const numbered = fields.map((field, index) => ({ ...field, key: `field ${index}` }))
  const list = (
    <ul className={styles.fields}>
      {numbered.map(({ name, export_as, key }) => (
        <li key={key}>
          <UserText text={name} />
          {export_as === undefined || export_as === name ? null : (
            <span className={styles.soft}>
              {' '}
              <UserText text={words.as(export_as)} />
            </span>
          )}
        </li>
      ))}
    </ul>
  )
  if (fields.length <= FIELDS_SHOWN) return list
  return (
    <details>
      <summary>{words.fieldsCount(fields.length)}</summary>
      {list}
    </details>
  )
}

function orderOf(sort: NonNullable<Job['sort']>): string {
  const words = texts.job.request
  const [by, direction] = sort.split(':') as [keyof typeof words.orders, string]
  return direction === '-1' ? words.descending(words.orders[by]) : words.ascending(words.orders[by])
}

function csvFacts({ guard, delimiter, header, newline, bom }: NonNullable<Job['csv']>): readonly Fact[] {
  const words = texts.job.request.csv
  return [
    ...(guard === undefined ? [] : [[words.guard, words.guards[guard]] as const]),
    ...(delimiter === undefined ? [] : [[words.delimiter, words.delimiters[delimiter]] as const]),
    ...(header === false ? [[words.header, words.headerOff] as const] : []),
    ...(newline === undefined ? [] : [[words.newline, words.newlines[newline]] as const]),
    ...(bom === true ? [[words.bom, words.bomOn] as const] : []),
  ]
}

/** The request of an import in words. Imports by form show only their external ID. */
export function importFacts(job: Job): readonly Fact[] {
  const words = texts.job.request
  const { connection, upsert, preserve, dry_run, external_id } = job
  return [
    [words.connection, <UserText key="connection" text={connection ?? texts.jobs.what.unknown} />],
    ...(upsert === undefined ? [] : [[words.upsert, words.upserts[upsert]] as const]),
    ...(preserve === true ? [[words.preserve, words.preserveOn] as const] : []),
    ...(dry_run === true ? [[words.dryRun, words.dryRunOn] as const] : []),
    ...(external_id === undefined
      ? []
      : [[words.externalId, <UserText key="external" text={external_id} />] as const]),
  ]
}

export function importCounts({ summary }: Job): readonly Fact[] {
  const words = texts.job.imported
  if (summary === undefined) return []
  const { inserted = 0, updated = 0, failed = 0, incomplete, total } = summary
  return [
    [words.inserted, count(inserted)],
    [words.updated, count(updated)],
    [words.failed, count(failed)],
    ...(incomplete === undefined ? [] : [[words.incomplete, count(incomplete)] as const]),
    [words.total, count(total)],
  ]
}

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { dataOf } from '../../api/client.ts'
import { useApi, useMay } from '../../api/session.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Select } from '../../parts/choice.tsx'
import { Page, Row } from '../../parts/layout.tsx'
import { Empty, Failed, Loading, NeedsScope, Notice } from '../../parts/states.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { JobList } from './job-list.tsx'
import styles from './jobs.module.css'
import { type JobFilters, useJobs } from './use-jobs.ts'

export default function Jobs() {
  const mayCreate = useMay('create:users')
  return (
    <Page
      title={texts.pages.jobs}
      lead={texts.jobs.lead}
      actions={
        <LinkButton to={ROUTES.newExport} look="primary">
          {texts.pages.newExport}
        </LinkButton>
      }
    >
      {mayCreate ? (
        <FilteredJobs />
      ) : (
        <NeedsScope scope="read:users">
          <FilteredJobs />
        </NeedsScope>
      )}
    </Page>
  )
}

// A person who comes back from a job finds the list as it was.
const KEY = 'muster.jobs.filters'

function FilteredJobs() {
  const [filters, setFilters] = useState<JobFilters>(stored)
  const change = (next: JobFilters) => {
    sessionStorage.setItem(KEY, JSON.stringify(next))
    setFilters(next)
  }
  const { jobs, error, isPending, isStale, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useJobs(filters)
  const isFiltered = Object.keys(filters).length > 0
  return (
    <>
      <Filters filters={filters} onChange={change} />
      {isStale ? (
        <Notice tone="warn">
          <span>{texts.jobs.refreshFailed}</span>
        </Notice>
      ) : null}
      {isPending ? <Loading lines={8} /> : null}
      {error === null ? null : <Failed error={error} onTryAgain={() => void refetch()} />}
      {isPending || (error !== null && jobs.length === 0) ? null : jobs.length === 0 ? (
        <NoJobs isFiltered={isFiltered} onShowAll={() => change({})} />
      ) : (
        <>
          <p className={styles.shown} role="status">
            {texts.jobs.shown(jobs.length, !hasNextPage)}
          </p>
          <JobList
            jobs={jobs}
            hasMore={hasNextPage}
            isLoadingMore={isFetchingNextPage}
            onLoadMore={() => {
              if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
            }}
          />
        </>
      )}
    </>
  )
}

function stored(): JobFilters {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as JobFilters
  } catch {
    return {}
  }
}

function NoJobs({ isFiltered, onShowAll }: { readonly isFiltered: boolean; onShowAll(): void }) {
  const words = texts.jobs
  if (isFiltered)
    return (
      <Empty title={words.noneFound}>
        <Button onPress={onShowAll}>{words.showAll}</Button>
      </Empty>
    )
  return (
    <Empty title={words.empty}>
      <p>{words.emptyHint}</p>
      <Row>
        <LinkButton to={ROUTES.newExport} look="primary">
          {texts.pages.newExport}
        </LinkButton>
        <LinkButton to={ROUTES.import}>{texts.pages.import}</LinkButton>
      </Row>
    </Empty>
  )
}

interface FiltersProps {
  readonly filters: JobFilters
  onChange(filters: JobFilters): void
}

function Filters({ filters, onChange }: FiltersProps) {
  const words = texts.jobs
  const mayConnections = useMay('read:connections')
  const set = (name: keyof JobFilters, value: string) => {
    const { [name]: _, ...others } = filters
    onChange((value === 'all' ? others : { ...others, [name]: value }) as JobFilters)
  }
  return (
    <div className={styles.filters}>
      <Select
        label={words.type}
        options={optionsOf(words.types)}
        value={filters.type ?? 'all'}
        onChange={(value) => set('type', value)}
      />
      <Select
        label={words.status}
        options={optionsOf(words.statuses)}
        value={filters.status ?? 'all'}
        onChange={(value) => set('status', value)}
      />
      {mayConnections ? (
        <ConnectionFilter
          value={filters.connection_id ?? 'all'}
          onChange={(value) => set('connection_id', value)}
        />
      ) : null}
    </div>
  )
}

function optionsOf<Id extends string>(labels: Readonly<Record<Id, string>>) {
  return (Object.keys(labels) as Id[]).map((id) => ({ id, label: labels[id] }))
}

function ConnectionFilter({ value, onChange }: { readonly value: string; onChange(value: string): void }) {
  const api = useApi()
  const { data = [] } = useQuery({
    queryKey: ['connections', 'first'],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v2/connections', { params: { query: { per_page: 100 } }, signal })),
  })
  const found = Array.isArray(data) ? data : []
  const options = found.flatMap(({ id, name }) =>
    id === undefined || name === undefined ? [] : [{ id, label: name }],
  )
  return (
    <Select<string>
      label={texts.jobs.connection}
      options={[{ id: 'all', label: texts.jobs.allConnections }, ...options]}
      value={value}
      onChange={onChange}
    />
  )
}

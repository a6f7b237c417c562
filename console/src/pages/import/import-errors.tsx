import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { GridList, GridListItem, GridListLoadMoreItem, ListLayout, Virtualizer } from 'react-aria-components'
import type { Job } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Card } from '../../parts/layout.tsx'
import { Failed, Loading, Tag } from '../../parts/states.tsx'
import { Code, UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import { ErrorDownloads, type ErrorSource, Partial } from './error-downloads.tsx'
import { type ImportError, isRefused, readErrors } from './errors.ts'
import styles from './import.module.css'
import { unlisted } from './left-out.tsx'

const words = texts.importPage.errors
const PAGE = 200

/**
 * Which users an import refused, or stored in part: line, reason and entry. With the file that was sent, its refused
 * lines can be saved.
 */
export function ImportErrors({ job, source }: { readonly job: Job; readonly source?: ErrorSource }) {
  const { found, errors, isLooking } = useErrors(job)
  const hasRefused = (job.summary?.failed ?? 0) > 0 || errors.some(isRefused)
  return (
    <Card title={words.title}>
      {found.isPending || isLooking ? <Loading lines={4} /> : null}
      {found.error === null ? null : <Failed error={found.error} onTryAgain={() => void found.refetch()} />}
      {found.data !== undefined && !isLooking && errors.length === 0 ? (
        <p>{(job.summary?.incomplete ?? 0) > 0 ? words.noneElse : words.none}</p>
      ) : null}
      {errors.length === 0 ? null : (
        <>
          {hasRefused ? <ErrorDownloads job={job} source={source} /> : null}
          <List
            errors={errors}
            hasMore={found.hasNextPage}
            isLoadingMore={found.isFetchingNextPage}
            onLoadMore={() => void (found.isFetchingNextPage || found.fetchNextPage())}
          />
          {found.hasNextPage ? null : <Partial job={job} listed={errors.filter(isRefused).length} />}
        </>
      )}
    </Card>
  )
}

function useErrors(job: Job) {
  const api = useApi()
  const found = useInfiniteQuery({
    queryKey: ['import-errors', job.id],
    staleTime: Number.POSITIVE_INFINITY,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => readErrors(api, job.id, { from: pageParam, take: PAGE, signal }),
    getNextPageParam: ({ next }) => next,
  })
  const { hasNextPage, isFetching, error, fetchNextPage } = found
  const errors = unlisted(job, found.data?.pages.flatMap((page) => page.errors) ?? [])
  // A list without rows cannot be scrolled to its end, so nothing else would ask for the next page.
  const isLooking = errors.length === 0 && hasNextPage && error === null
  useEffect(() => {
    if (isLooking && !isFetching) void fetchNextPage()
  }, [isLooking, isFetching, fetchNextPage])
  return { found, errors, isLooking }
}

// Rows that are out of sight are not in the document, so 10,000 errors cost what 30 do.
const ROW_PIXELS = 62
const LAYOUT = { estimatedRowSize: ROW_PIXELS }

function List({
  errors,
  hasMore,
  isLoadingMore,
  onLoadMore,
}: {
  readonly errors: readonly ImportError[]
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  onLoadMore(): void
}) {
  const [shown, setShown] = useState<ImportError>()
  return (
    <>
      <div className={styles.list}>
        <div className={styles.listHead} aria-hidden="true">
          <span>{words.line}</span>
          <span>{words.reason}</span>
          <span>{words.user}</span>
        </div>
        <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
          <GridList
            aria-label={words.title}
            className={styles.listRows ?? ''}
            keyboardNavigationBehavior="tab"
          >
            {errors.map((error, at) => (
              <ErrorRow
                key={`error ${String(at)}`}
                id={`error ${String(at)}`}
                error={error}
                onShow={() => setShown(error)}
              />
            ))}
            {hasMore ? (
              <GridListLoadMoreItem
                onLoadMore={onLoadMore}
                isLoading={isLoadingMore}
                className={styles.soft ?? ''}
              >
                {words.loadingMore}
              </GridListLoadMoreItem>
            ) : null}
          </GridList>
        </Virtualizer>
      </div>
      {shown === undefined ? null : <Entry error={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

function ErrorRow({
  id,
  error,
  onShow,
}: {
  readonly id: string
  readonly error: ImportError
  onShow(): void
}) {
  const line = error.line ?? words.noLine
  const [first] = error.errors
  const more = error.errors.length - 1
  return (
    <GridListItem
      id={id}
      textValue={`${words.line} ${line}: ${first?.message ?? ''}`}
      className={styles.listRow ?? ''}
    >
      <span className={styles.lineNumber}>
        <span className={styles.label}>{words.line}</span> {line}
      </span>
      <span className={styles.reason}>
        <UserText text={first?.message ?? ''} max={200} hasButton={false} />
        <span className={styles.codes}>
          <Tag tone={isRefused(error) ? 'bad' : 'warn'}>
            {isRefused(error) ? words.refused : words.incomplete}
          </Tag>
          <code>{first?.code}</code>
          {more > 0 ? <span>+{more}</span> : null}
        </span>
      </span>
      <span className={styles.whose}>
        <UserText text={error.name ?? words.unreadable} max={60} hasButton={false} />
      </span>
      <Button isSmall aria-label={words.showOf(line)} onPress={onShow}>
        {words.show}
      </Button>
    </GridListItem>
  )
}

function Entry({ error, onClose }: { readonly error: ImportError; onClose(): void }) {
  const reasons = error.errors.map((reason, at) => ({ ...reason, key: `reason ${at}` }))
  return (
    <Dialog title={words.entryTitle(error.line ?? words.noLine)} isWide onClose={onClose}>
      <ul className={styles.reasons}>
        {reasons.map(({ key, code, message, path }) => (
          <li key={key}>
            <UserText text={message} max={2000} />
            <span className={styles.codes}>
              <code>{code}</code>
              {path === undefined ? null : (
                <code>
                  <UserText text={path} />
                </code>
              )}
            </span>
          </li>
        ))}
      </ul>
      <Code text={error.text} isWrapped />
      <Button onPress={onClose}>{texts.close}</Button>
    </Dialog>
  )
}

import { useConnections } from '../../api/connections.ts'
import { useKept } from '../../api/kept.ts'
import { useLater } from '../../api/later.ts'
import { Problem } from '../../api/problem.ts'
import { refusedQuery, sentenceOfQuery } from '../../api/refused-query.ts'
import { useMay } from '../../api/session.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Select } from '../../parts/choice.tsx'
import { TextField } from '../../parts/field.tsx'
import { Card, Page } from '../../parts/layout.tsx'
import { connectionLabel, SourceNotices } from '../../parts/source-notices.tsx'
import { Empty, Failed, Loading, NeedsScope } from '../../parts/states.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { type UserSort, useUserCount, useUsers, type Wish } from './find-users.ts'
import { UserTable } from './table.tsx'
import styles from './users.module.css'

const words = texts.usersPage
const ALL: Wish = { q: '', connection: '', sort: 'none' }

export default function Users() {
  return (
    <Page title={words.title} lead={words.lead}>
      <NeedsScope scope="read:users">
        <Search />
      </NeedsScope>
    </Page>
  )
}

function Search() {
  const [{ wish, places }, keep] = useKept<{ readonly wish: Wish; readonly places: readonly string[] }>(
    'users',
    { wish: ALL, places: [] },
  )
  const change = (part: Partial<Wish>) => keep({ wish: { ...wish, ...part }, places: [] })
  const q = useLater(wish.q)
  const asked = { ...wish, q }
  const found = useUsers(asked, places.at(-1))
  const refusal = refusalOf(found.error)
  return (
    <>
      <Card title={words.choices} isTitleHidden>
        <Choices wish={wish} refusal={refusal} onChange={change} />
      </Card>
      <UnreadSources connection={wish.connection} />
      {found.error !== null && refusal === undefined ? (
        <Failed error={found.error} onTryAgain={() => void found.refetch()} />
      ) : null}
      {found.data === undefined ? (
        found.isPending && <Loading lines={8} />
      ) : refusal !== undefined || found.error !== null ? null : (
        <Found
          wish={asked}
          found={found.data}
          isOld={found.isPlaceholderData}
          places={places}
          onPlaces={(next) => keep({ wish, places: next })}
          onClear={() => change(ALL)}
        />
      )}
    </>
  )
}

/** A list leaves out the users of a source that is down. */
function UnreadSources({ connection }: { readonly connection: string }) {
  const { data = [] } = useConnections()
  return <SourceNotices connections={data.filter(({ name }) => connection === '' || name === connection)} />
}

/** What the server says of the query itself belongs to the field of the query. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Problem) || error.status !== 400) return undefined
  const problem = error.message.replace(/^Query validation error: '(.*)' on property q\.$/s, '$1')
  return sentenceOfQuery(refusedQuery(problem))
}

function Choices({
  wish,
  refusal,
  onChange,
}: {
  readonly wish: Wish
  readonly refusal: string | undefined
  onChange(part: Partial<Wish>): void
}) {
  return (
    <>
      <div className={styles.choices}>
        <TextField
          label={words.query}
          value={wish.q}
          onChange={(q) => onChange({ q })}
          placeholder={words.queryPlaceholder}
          error={refusal}
          isCode
          type="search"
        />
        <ConnectionFilter value={wish.connection} onChange={(connection) => onChange({ connection })} />
        <Select
          label={words.sort}
          options={Object.entries(words.sorts).map(([id, label]) => ({ id: id as UserSort, label }))}
          value={wish.sort}
          onChange={(sort) => onChange({ sort })}
        />
      </div>
      <div className={styles.examples}>
        <p>{words.queryHint}</p>
        <ul>
          {words.examples.map(([query, meaning]) => (
            <li key={query}>
              <button type="button" className={styles.example} onClick={() => onChange({ q: query })}>
                <code>{query}</code>
                <span>{meaning}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}

const EVERY = 'every'

// A prefix keeps a connection that is named "every" apart.
function ConnectionFilter({ value, onChange }: { readonly value: string; onChange(name: string): void }) {
  const { data = [] } = useConnections()
  if (!useMay('read:connections')) return null
  return (
    <Select<string>
      label={words.connection}
      options={[
        { id: EVERY, label: words.everyConnection },
        ...data.map((each) => ({ id: `:${each.name}`, label: connectionLabel(each) })),
      ]}
      value={value === '' ? EVERY : `:${value}`}
      onChange={(id) => onChange(id === EVERY ? '' : id.slice(1))}
    />
  )
}

function Found({
  wish,
  found: { users, next },
  isOld,
  places,
  onPlaces,
  onClear,
}: {
  readonly wish: Wish
  readonly found: NonNullable<ReturnType<typeof useUsers>['data']>
  readonly isOld: boolean
  readonly places: readonly string[]
  onPlaces(places: readonly string[]): void
  onClear(): void
}) {
  const isFiltered = wish.q.trim() !== '' || wish.connection !== ''
  if (users.length === 0 && places.length === 0) {
    return isFiltered ? (
      <Empty title={words.empty}>
        <p>{words.emptyHint}</p>
        <Button onPress={onClear}>{words.clear}</Button>
      </Empty>
    ) : (
      <Empty title={words.none}>
        <p>{words.noneHint}</p>
        <LinkButton to={ROUTES.import} look="primary">
          {words.toImport}
        </LinkButton>
      </Empty>
    )
  }
  return (
    <div className={isOld ? styles.old : ''} aria-busy={isOld}>
      <UserTable caption={<Total wish={wish} isAsked={!isOld} />} users={users} />
      <nav className={styles.pages} aria-label={words.title}>
        <Button isDisabled={places.length === 0} onPress={() => onPlaces(places.slice(0, -1))}>
          {words.previous}
        </Button>
        <span>{words.page(places.length + 1)}</span>
        <Button
          isDisabled={next === undefined || isOld}
          onPress={() => next !== undefined && onPlaces([...places, next])}
        >
          {words.next}
        </Button>
      </nav>
    </div>
  )
}

// A query that is refused would be refused twice, so counting waits for the page.
function Total({ wish, isAsked }: { readonly wish: Wish; readonly isAsked: boolean }) {
  const { data, error } = useUserCount(wish, isAsked)
  const text = data === undefined ? (error === null ? words.counting : words.uncounted) : words.found(data)
  return <span role="status">{text}</span>
}

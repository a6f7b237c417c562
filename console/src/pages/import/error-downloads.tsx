import { useEffect, useRef, useState } from 'react'
import type { Api, Job } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import { saveBytes } from '../../jobs/job-file.ts'
import { Button } from '../../parts/button.tsx'
import { Row } from '../../parts/layout.tsx'
import { Failed, Notice } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import { type ImportError, isRefused, readErrors } from './errors.ts'
import styles from './import.module.css'
import type { FileFormat } from './look-at-file.ts'
import { refusedLines } from './refused-lines.ts'

const words = texts.importPage.errors
const PAGE = 1000

/** The file that was sent, and how it was read. */
export interface ErrorSource {
  readonly file: File
  readonly format: FileFormat
  readonly delimiter: string
  readonly hasHeader: boolean
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; readonly note: string }
  | { readonly kind: 'saved'; readonly listed: number; readonly isFound: boolean }
  | { readonly kind: 'failed'; readonly error: unknown }

export function ErrorDownloads({
  job,
  source,
}: {
  readonly job: Job
  readonly source: ErrorSource | undefined
}) {
  const api = useApi()
  const [state, setState] = useState<State>({ kind: 'idle' })
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  const begin = async (isOfFile: boolean) => {
    const controller = new AbortController()
    stop.current = controller
    const { signal } = controller
    const note = (text: string) => setState({ kind: 'busy', note: text })
    try {
      const errors = await allErrors(api, job.id, signal, (number) => note(words.collecting(number)))
      const refused = errors.filter(isRefused)
      const lines =
        isOfFile && source !== undefined
          ? await linesOf(source, refused, signal, (read) => note(words.cutting(read)))
          : undefined
      signal.throwIfAborted()
      if (lines !== undefined && source !== undefined) saveBytes(lines, nameOf(source))
      else saveBytes(entriesOf(refused), `${job.id}-refused.ndjson`)
      setState({ kind: 'saved', listed: refused.length, isFound: !isOfFile || lines !== undefined })
    } catch (error) {
      setState(signal.aborted ? { kind: 'idle' } : { kind: 'failed', error })
    }
  }
  return (
    <>
      {state.kind === 'busy' ? (
        <Row>
          <span role="status">{state.note}</span>
          <Button isSmall onPress={() => stop.current?.abort()}>
            {words.stop}
          </Button>
        </Row>
      ) : (
        <Row>
          <Button isSmall onPress={() => void begin(source !== undefined)}>
            {words.download}
          </Button>
          <span className={styles.soft}>{source === undefined ? words.entriesHint : words.downloadHint}</span>
        </Row>
      )}
      {state.kind === 'saved' && !state.isFound ? (
        <Notice tone="warn">
          <span>{words.notFound}</span>
        </Notice>
      ) : null}
      {state.kind === 'saved' ? <Partial job={job} listed={state.listed} /> : null}
      {state.kind === 'failed' ? <Failed error={state.error} title={words.failed} /> : null}
    </>
  )
}

async function allErrors(
  api: Api,
  id: string,
  signal: AbortSignal,
  see: (number: number) => void,
): Promise<readonly ImportError[]> {
  const errors: ImportError[] = []
  for (let from: string | undefined, isMore = true; isMore; ) {
    see(errors.length)
    const page = await readErrors(api, id, { from, take: PAGE, signal })
    errors.push(...page.errors)
    from = page.next
    isMore = from !== undefined
  }
  return errors
}

// Between two notes the page would draw nothing but notes.
const NOTE_BYTES = 8_000_000

function linesOf(
  { file, format, delimiter, hasHeader }: ErrorSource,
  errors: readonly ImportError[],
  signal: AbortSignal,
  see: (read: number) => void,
) {
  const refused = errors.flatMap(({ line, text }) =>
    line === undefined ? [] : [{ line, user: text === '' ? undefined : (JSON.parse(text) as unknown) }],
  )
  let seen = 0
  const onRead = (read: number) => {
    if (read - seen < NOTE_BYTES && seen > 0) return
    seen = read
    see(read)
  }
  return refusedLines(file, { format, delimiter, hasHeader, refused, signal, onRead })
}

function entriesOf(errors: readonly ImportError[]): Blob {
  const lines = errors.map(({ text }) => `${text.replaceAll(/\n\s*/g, '')}\n`)
  return new Blob(lines, { type: 'application/x-ndjson' })
}

// What was cut out is not packed.
function nameOf({ file, format }: ErrorSource): string {
  const plain = file.name.replace(/\.gz$/i, '')
  const ending = /\.\w+$/.exec(plain)?.[0] ?? `.${format}`
  return `${plain.replace(/\.\w+$/, '')}-refused${ending}`
}

/** A report has the first refused users only; `summary` counts all of them. */
export function Partial({ job, listed }: { readonly job: Job; readonly listed: number }) {
  const all = job.summary?.failed ?? 0
  if (all <= listed) return null
  return (
    <Notice tone="warn">
      <span>{words.partial(listed, all)}</span>
    </Notice>
  )
}

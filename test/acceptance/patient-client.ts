import { AssertionError } from 'node:assert/strict'
import { apiOf } from './harness.ts'
import { newHeldFetch } from './held-fetch.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A client whose server may be killed at any time. It asks again, at each process in turn, until it has an answer. */
export interface PatientClient {
  /** 503 and a cut connection are no answers: what was asked may have been done, or not. */
  once(method: string, path: string, sent?: Sent): Promise<Answer | undefined>
  until(method: string, path: string, sent?: Sent): Promise<Answer>
  bytes(path: string): Promise<Buffer>
}

export interface Sent {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const ANSWER_MS_MAX = 60_000

export async function newPatientClient(urls: readonly string[]): Promise<PatientClient> {
  const heldFetch = newHeldFetch(fetch)
  const { headers } = await apiOf({ url: String(urls[0]) })
  // The documents of all processes, while all are there.
  for (const url of urls) await heldFetch(`${url}/health`)
  let turn = 0
  const ask = async <T>(
    { method, path, sent }: { method: string; path: string; sent?: Sent | undefined },
    read: (response: Response) => Promise<T>,
  ): Promise<{ status: number; body: T } | undefined> => {
    const url = `${urls[turn++ % urls.length]}${path}`
    const init = { method, headers: { ...headers, ...sent?.headers }, body: sent?.body ?? null }
    try {
      const response = await heldFetch(url, init)
      const { status } = response
      if (status === 503) return undefined
      if (status >= 500) throw new AssertionError({ message: `${method} ${path} answered ${status}` })
      return { status, body: await read(response) }
    } catch (error) {
      if (error instanceof AssertionError) throw error
      return undefined
    }
  }
  const until = async <T>(work: () => Promise<T | undefined>, what: string): Promise<T> => {
    const giveUpAt = performance.now() + ANSWER_MS_MAX
    for (;;) {
      const answer = await work()
      if (answer !== undefined) return answer
      if (performance.now() > giveUpAt) throw new Error(`no answer to ${what}`)
      await new Promise((later) => setTimeout(later, 50))
    }
  }
  const once: PatientClient['once'] = (method, path, sent) => ask({ method, path, sent }, bodyOf)
  return {
    once,
    until: (method, path, sent) => until(() => once(method, path, sent), `${method} ${path}`),
    bytes: (path) =>
      until(async () => {
        const answer = await ask({ method: 'GET', path }, async (response) =>
          Buffer.from(await response.arrayBuffer()),
        )
        if (answer !== undefined && answer.status !== 200)
          throw new Error(`${path} answered ${answer.status}`)
        return answer?.body
      }, path),
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text
}

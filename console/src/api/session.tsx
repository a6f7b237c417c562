import { createContext, type ReactNode, use, useMemo, useState } from 'react'
import { type Api, newApi } from './client.ts'
import { type Credentials, fetchSession } from './fetch-session.ts'
import { problemOf, unreachable } from './problem.ts'

/** The token is only in memory. The cookie of the session, which this page cannot read, brings it back after a reload. */
export interface Session {
  readonly access_token: string
  readonly expires_at: string
  readonly scope: readonly string[]
  readonly client_id: string
}

/** `expired`: the server refuses the token. The page stays as it is, and a dialog asks to sign in again. */
export type Standing = 'loading' | 'unreachable' | 'signed-out' | 'signed-in' | 'expired'

interface State {
  readonly standing: Standing
  readonly session?: Session
}

interface SessionValue extends State {
  signIn(credentials: Credentials): Promise<void>
  signOut(): Promise<void>
  tryAgain(): void
  markExpired(): void
}

const SessionContext = createContext<SessionValue | undefined>(undefined)

/** `first` is what the server said of the session before this code was there. */
export function SessionProvider({
  first,
  children,
}: {
  readonly first: State
  readonly children: ReactNode
}) {
  const [state, setState] = useState(first)
  const acts = useMemo(() => actsOn(setState), [])
  const value = useMemo(() => ({ ...state, ...acts }), [state, acts])
  return <SessionContext value={value}>{children}</SessionContext>
}

type SetState = (change: (before: State) => State) => void

function actsOn(set: SetState) {
  return {
    signIn: async (credentials: Credentials) => {
      const session = (await answerOf(fetchSession('POST', credentials))) as Session
      set(() => ({ standing: 'signed-in', session }))
    },
    signOut: async () => {
      await answerOf(fetchSession('DELETE'))
      set(() => ({ standing: 'signed-out' }))
    },
    tryAgain: () => {
      set((before) => ({ ...before, standing: 'loading' }))
      void standingOf(fetchSession('GET')).then((found) =>
        set((before) => (before.standing === 'loading' ? found : before)),
      )
    },
    markExpired: () =>
      set((before) => (before.standing === 'signed-in' ? { ...before, standing: 'expired' } : before)),
  }
}

/** Who is signed in, as the answer says. A failure is a standing too. */
export async function standingOf(asked: Promise<Response>): Promise<State> {
  try {
    const session = (await answerOf(asked)) as Session | undefined
    return session === undefined ? { standing: 'signed-out' } : { standing: 'signed-in', session }
  } catch {
    return { standing: 'unreachable' }
  }
}

export function useSession(): SessionValue {
  const value = use(SessionContext)
  if (value === undefined) throw new Error('useSession needs a SessionProvider above it.')
  return value
}

/** The client of the API, with the token of the session. */
export function useApi(): Api {
  const { session, markExpired } = useSession()
  const token = session?.access_token ?? ''
  return useMemo(() => newApi(token, markExpired), [token, markExpired])
}

export function useMay(scope: string): boolean {
  return useSession().session?.scope.includes(scope) ?? false
}

/** Undefined for an answer without a body. Throws a `Problem`. */
async function answerOf(asked: Promise<Response>): Promise<unknown> {
  const response = await asked.catch((error: unknown) => {
    throw unreachable(error)
  })
  if (response.status === 204) return undefined
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw problemOf(response, answer)
  return answer
}

import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { type Api, newApi } from './client.ts'
import { at } from './place.ts'
import { problemOf, unreachable } from './problem.ts'

/** The token is only in memory. The cookie of the session, which this page cannot read, brings it back after a reload. */
export interface Session {
  readonly access_token: string
  readonly expires_at: string
  readonly scope: readonly string[]
  readonly client_id: string
}

export type Credentials =
  | { readonly client_id: string; readonly client_secret: string }
  | { readonly token: string }
  | { readonly code: string }

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

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<State>({ standing: 'loading' })
  const acts = useMemo(() => actsOn(setState), [])
  useEffect(() => acts.tryAgain(), [acts])
  const value = useMemo(() => ({ ...state, ...acts }), [state, acts])
  return <SessionContext value={value}>{children}</SessionContext>
}

function actsOn(set: (change: (before: State) => State) => void): Omit<SessionValue, keyof State> {
  return {
    signIn: async (credentials) => {
      const session = (await ask('POST', credentials)) as Session
      set(() => ({ standing: 'signed-in', session }))
    },
    signOut: async () => {
      await ask('DELETE')
      set(() => ({ standing: 'signed-out' }))
    },
    tryAgain: () => {
      set((before) => ({ ...before, standing: 'loading' }))
      // Somebody may sign in before the answer comes. Then the answer is old.
      const settle = (found: State) => set((before) => (before.standing === 'loading' ? found : before))
      ask('GET').then(
        (found) =>
          settle(
            found === undefined
              ? { standing: 'signed-out' }
              : { standing: 'signed-in', session: found as Session },
          ),
        () => settle({ standing: 'unreachable' }),
      )
    },
    markExpired: () =>
      set((before) => (before.standing === 'signed-in' ? { ...before, standing: 'expired' } : before)),
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

async function ask(method: 'GET' | 'POST' | 'DELETE', body?: Credentials): Promise<unknown> {
  const response = await fetch(at('/console/session'), {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw unreachable(error)
  })
  if (response.status === 204) return undefined
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw problemOf(response, answer)
  return answer
}

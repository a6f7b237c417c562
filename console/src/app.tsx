import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode, useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Problem } from './api/problem.ts'
import { SessionProvider, standingOf, useSession } from './api/session.tsx'
import { Gate } from './shell/gate.tsx'

const TRIES_MAX = 2

// A refusal comes again; a server that is away or busy may be back.
function mayHelp(tries: number, error: unknown): boolean {
  if (tries >= TRIES_MAX || !(error instanceof Problem)) return false
  return error.status === 0 || error.status === 429 || error.status >= 502
}

function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: mayHelp, staleTime: 10_000, refetchOnWindowFocus: false } },
  })
}

/**
 * `answer`: what the server says of the session, which was asked for before this code was loaded. Until it is there,
 * `index.html` shows that something comes. So React draws once, and that the right page.
 */
export async function show(root: Element, answer: Promise<Response>): Promise<void> {
  const first = await standingOf(answer)
  createRoot(root).render(
    <StrictMode>
      <SessionProvider first={first}>
        <Router hook={useHashLocation}>
          <Queries />
        </Router>
      </SessionProvider>
    </StrictMode>,
  )
}

// What one client may see, another may not. So each client has answers of its own.
function Queries() {
  const { session } = useSession()
  return <QueriesOf key={session?.client_id} token={session?.access_token} />
}

function QueriesOf({ token }: { readonly token: string | undefined }) {
  const [queries] = useState(newQueries)
  const before = useRef(token)
  // What the old token was refused, the new one may get.
  useEffect(() => {
    if (before.current !== token) void queries.invalidateQueries()
    before.current = token
  }, [token, queries])
  return (
    <QueryClientProvider client={queries}>
      <Gate />
    </QueryClientProvider>
  )
}

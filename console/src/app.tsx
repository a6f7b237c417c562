import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { Router } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Problem } from './api/problem.ts'
import { SessionProvider, useSession } from './api/session.tsx'
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

export function App() {
  return (
    <SessionProvider>
      <Router hook={useHashLocation}>
        <Queries />
      </Router>
    </SessionProvider>
  )
}

// What one client may see, another may not. So each client has answers of its own.
function Queries() {
  const client = useSession().session?.client_id
  return <QueriesOf key={client} />
}

function QueriesOf() {
  const [queries] = useState(newQueries)
  return (
    <QueryClientProvider client={queries}>
      <Gate />
    </QueryClientProvider>
  )
}

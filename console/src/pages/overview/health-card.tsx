import { useQuery } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { at } from '../../api/place.ts'
import { Problem } from '../../api/problem.ts'
import { useApi } from '../../api/session.tsx'
import { moment } from '../../format/times.ts'
import { Card, Facts } from '../../parts/layout.tsx'
import { Failed, Loading, Notice, Tag } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'

const words = texts.overview.health
const REFRESH_MILLISECONDS = 15_000

export function HealthCard() {
  return (
    <Card title={words.title}>
      <Health />
    </Card>
  )
}

function Health() {
  const api = useApi()
  const health = useQuery({
    queryKey: ['health'],
    refetchInterval: REFRESH_MILLISECONDS,
    retry: false,
    queryFn: ({ signal }) => dataOf(api.GET('/health', { signal })),
  })
  const version = useVersion()
  const { data, error, dataUpdatedAt, errorUpdatedAt, refetch } = health
  if (data === undefined && error === null) return <Loading lines={2} />
  // 503 is an answer: the server says which of them cannot be used. Anything else is no answer.
  const isAnswer = error === null || (error instanceof Problem && error.status === 503)
  if (!isAnswer) return <Failed error={error} onTryAgain={() => void refetch()} />
  const checked = new Date(Math.max(dataUpdatedAt, errorUpdatedAt)).toISOString()
  return (
    <>
      {error === null ? null : (
        <Notice tone="bad" title={words.bad}>
          <span>{error.message}</span>
        </Notice>
      )}
      <Facts
        facts={[
          [
            words.state,
            <Tag key="state" tone={error === null ? 'good' : 'bad'}>
              {error === null ? words.ok : words.bad}
            </Tag>,
          ],
          [words.version, version ?? words.unknownVersion],
          [words.checked, moment(checked)],
        ]}
      />
    </>
  )
}

/** The document of the API names the version of the server, which may be newer than this page. */
function useVersion(): string | undefined {
  const { data } = useQuery({
    queryKey: ['version'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const response = await fetch(at('/openapi.json'), { signal, credentials: 'omit', priority: 'low' })
      const document = (await response.json()) as { readonly info?: { readonly version?: string } }
      return document.info?.version ?? null
    },
  })
  return data ?? undefined
}

import { describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { sourceConnectionId } from '../../src/domain/ids.ts'
import { checkOrder, type ExportOrder } from '../../src/flow/check-order.ts'
import { previewExport } from '../../src/flow/preview-export.ts'
import type { FoundUsers } from '../../src/relations/find-users.ts'
import type { Changed, PresetUsers } from '../../src/relations/preset.ts'
import type { Source, SourceState } from '../../src/relations/source.ts'
import { sourceRelation } from '../../src/relations/source-relation.ts'
import type { ConnectionStore } from '../../src/users/connection-store.ts'
import { withSourceConnections } from '../../src/users/source-connections.ts'
import { fixedClock } from '../fixtures/clock.ts'

function usersOf(changed: { readonly changed?: Changed }): PresetUsers {
  return {
    from: 'people as p',
    where: ['true'],
    key: { sql: 'p.id', type: 'bigint' },
    columns: { email: 'p.mail', created_at: 'p.made' },
    lowerCase: [],
    indexed: [],
    leftOut: [],
    reads: {},
    ...changed,
  }
}

function sourceOf(name: string, changed: { readonly changed?: Changed } = {}, state?: SourceState): Source {
  const users = usersOf(changed)
  const found: FoundUsers = { preset: 'keycloak', asked: {}, users }
  return {
    name,
    connectionId: sourceConnectionId(name),
    users: async () => ({ found, relation: sourceRelation(users, name) }),
    state: async () => state ?? { kind: 'reachable', found },
    failureOf: (error) => error,
  }
}

const moving = sourceOf('moving', { changed: { sql: 'p.changed', type: 'timestamptz' } })
const still = sourceOf('still')
const down = sourceOf('down', {}, { kind: 'unavailable', problem: 'It is away.' })

const stored = { find: async () => undefined } as unknown as ConnectionStore

const depsOf = (sources: readonly Source[]) => ({
  connections: withSourceConnections(stored, sources),
  changes: { isRecorded: async () => false, reachesBackTo: async () => false },
  clock: fixedClock('2026-01-02T00:00:00Z'),
  fieldsMax: 500,
  sources,
})

function orderOf(request: Partial<ExportRequest>, of?: Source): ExportOrder {
  const connection = of === undefined ? {} : { connectionId: of.connectionId }
  return { request: { format: 'csv', ...request }, ...connection }
}

function check(request: Partial<ExportRequest>, sources: readonly Source[], of?: Source): Promise<unknown> {
  return checkOrder(orderOf(request, of), depsOf(sources))
}

function preview(request: Partial<ExportRequest>, sources: readonly Source[], of?: Source): Promise<unknown> {
  const previews = { first: async () => ({ columns: [], lines: [], isCut: false }) }
  return previewExport(orderOf(request, of), { ...depsOf(sources), previews, defaultFields: ['email'] })
}

const refused = (problem: string) =>
  expect.objectContaining({ code: 'body_invalid', message: expect.stringContaining(problem) })
const since = '2026-01-01T00:00:00.000Z'

describe('a request for users of sources', () => {
  test('a sort of users of several databases is refused, and of one source is not', async () => {
    await expect(check({ sort: 'created_at:1' }, [moving])).rejects.toEqual(refused('name a connection_id'))
    await expect(check({ sort: 'created_at:1' }, [moving, still], moving)).resolves.toBeTruthy()
    await expect(check({ sort: 'created_at:1' }, [])).resolves.toBeTruthy()
  })

  test('a sort by an attribute that a source lacks is refused, with those that can sort', async () => {
    await expect(check({ sort: 'last_login:-1' }, [moving], moving)).rejects.toEqual(
      refused('no last_login; they can be sorted by created_at, email, user_id'),
    )
  })

  test('since is refused for a source that does not show changes, also in an export of all users', async () => {
    await expect(check({ since }, [moving, still])).rejects.toEqual(refused('The source still has no column'))
    await expect(check({ since }, [moving, still], still)).rejects.toEqual(refused('The source still'))
    await expect(check({ since }, [moving, still], moving)).resolves.toBeTruthy()
  })

  test('NDJSON with since must say that deletions are ignored, and CSV need not', async () => {
    await expect(check({ since, format: 'json' }, [moving], moving)).rejects.toEqual(
      refused('deletions: "ignore"'),
    )
    await expect(
      check({ since, format: 'json', deletions: 'ignore' }, [moving], moving),
    ).resolves.toBeTruthy()
    await expect(check({ since, format: 'json', deletions: 'ignore' }, [moving])).resolves.toBeTruthy()
    // Without since no deletion is named anyway.
    await expect(check({ deletions: 'ignore' }, [moving])).resolves.toBeTruthy()
  })

  test('P37 a preview that discovers columns over several databases is refused, and of one is not', async () => {
    const request = { metadata_columns: 'discover' } as const
    await expect(preview(request, [moving])).rejects.toEqual(refused('name a connection_id'))
    await expect(preview(request, [moving], moving)).resolves.toBeTruthy()
    await expect(preview(request, [])).resolves.toBeTruthy()
    await expect(check(request, [moving])).resolves.toBeTruthy()
  })

  test('a source that is down refuses no request: its job is tried again', async () => {
    await expect(check({ sort: 'last_login:1' }, [down], down)).resolves.toBeTruthy()
    await expect(check({ since }, [moving, down])).resolves.toBeTruthy()
  })
})

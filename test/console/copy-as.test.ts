import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExportRequest } from '../../console/src/api/client.ts'
import { asCommand, asCurl, asSdk } from '../../console/src/pages/new-export/copy-as.ts'
import { exportCommand } from '../../src/cli/export-command.ts'
import { type ExportOptions, requestOf } from '../../src/cli/export-request.ts'

const RUNS = { numRuns: 60 }

// What shells, JavaScript and the command line give a meaning to.
const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.string({
    minLength: 1,
    maxLength: 20,
    unit: fc.constantFrom(...'\'"`\\$!*?~#&|;<>(){}[]=-+ \n\t@%,.:/éa1'),
  }),
)
const noNul = text.filter((value) => !value.includes('\0'))

const requests: fc.Arbitrary<ExportRequest> = fc.record(
  {
    connection_id: fc.constant('con_0123456789ABCDEF'),
    format: fc.constantFrom('csv' as const, 'json' as const),
    fields: fc.array(
      fc.record({ name: noNul, export_as: noNul }, { requiredKeys: ['name'], noNullPrototype: true }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    limit: fc.integer({ min: 1, max: 1e6 }),
    q: noNul,
    since: fc.constant('2026-01-31T12:00:00.000Z'),
    deletions: fc.constant('ignore' as const),
    sort: fc.constantFrom('email:1' as const, 'created_at:-1' as const),
    csv: fc
      .record(
        {
          guard: fc.constantFrom('formula' as const, 'none' as const),
          delimiter: fc.constantFrom(';' as const, '\t' as const),
          newline: fc.constant('\r\n' as const),
          header: fc.constant(false),
          bom: fc.constant(true),
        },
        { requiredKeys: [], noNullPrototype: true },
      )
      .filter((csv) => Object.keys(csv).length > 0),
    metadata_columns: fc.constant('discover' as const),
  },
  { requiredKeys: ['format'], noNullPrototype: true },
)

/** Runs the text in the system's shell, with a function in place of the program, and gives the words that came to it. */
function words(program: string, script: string): readonly string[] {
  const stand = `${program}() { printf '%s\\0' "$@"; case " $* " in *' /dev/stdin '*) cat;; esac; }`
  const printed = execFileSync('sh', ['-c', `${stand}\n${script}`], {
    env: { MUSTER_URL: 'https://muster.example.com', TOKEN: 'the token' },
    input: '',
  })
  return printed.toString().split('\0')
}

test('the copied curl line sends exactly the request for texts of any characters', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const sent = words('curl', asCurl(request))
      assert.deepEqual(sent.slice(0, 6), [
        '-sS',
        'https://muster.example.com/api/v2/jobs/users-exports',
        '-H',
        'Authorization: Bearer the token',
        '-H',
        'Content-Type: application/json',
      ])
      assert.equal(sent[6], '--data-raw')
      assert.deepEqual(JSON.parse(sent[7] ?? ''), request)
    }),
    RUNS,
  )
})

test('the copied muster command asks for exactly the request for texts of any characters', () => {
  const fieldsFile = join(tmpdir(), `muster-copied-fields-${process.pid}.json`)
  fc.assert(
    fc.property(requests, (request) => {
      const given = words('muster', asCommand(request))
      const [first, ...rest] = given
      assert.equal(first, 'export')
      // The last word is what stood on standard input.
      writeFileSync(fieldsFile, rest.at(-1) ?? '')
      const args = rest.slice(0, -1).map((word) => (word === '/dev/stdin' ? fieldsFile : word))
      const { connection, ...options } = parsed(args)
      assert.deepEqual(requestOf(options, connection), request)
      assert.equal(options.token, 'the token')
    }),
    RUNS,
  )
  rmSync(fieldsFile, { force: true })
})

function parsed(args: readonly string[]): ExportOptions {
  let options: ExportOptions | undefined
  const command = exportCommand()
    .action((given: ExportOptions) => {
      options = given
    })
    .exitOverride()
  new Command().addCommand(command).parse(['export', ...args], { from: 'user' })
  assert.ok(options)
  return options
}

test('the copied SDK text passes exactly the request for texts of any characters', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const source = asSdk(request)
      assert.match(source, /^import \{ ManagementClient \} from 'auth0'\n/)
      // The import is the one line that a function cannot hold.
      const body = source.replace(/^import .*\n/, '')
      const run = new Function('ManagementClient', 'process', 'console', `return (async () => {${body}})()`)
      const seen: unknown[] = []
      class ManagementClient {
        readonly jobs = {
          usersExports: {
            create: async (sent: unknown) => {
              seen.push(sent)
              return { id: 'job_1' }
            },
          },
        }
        constructor(options: unknown) {
          seen.push(options)
        }
      }
      const env = { MUSTER_URL: 'https://muster.example.com', TOKEN: 'the token' }
      await run(ManagementClient, { env }, { log: (id: unknown) => seen.push(id) })
      assert.deepEqual(seen, [{ domain: 'muster.example.com', token: 'the token' }, request, 'job_1'])
    }),
    RUNS,
  )
})

test('a copied text holds no token and no address, only the names of variables', () => {
  const copied = [asCurl({}), asCommand({}), asSdk({})].join('\n')
  expect(copied).toMatch(/\$TOKEN/)
  expect(copied).not.toMatch(/eyJ|https?:\/\//)
})

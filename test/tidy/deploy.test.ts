import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import { KEYS } from '../../src/config.ts'
import { readSources } from './sources.ts'

const METRICS_PORT = '9464'

const commands = readFileSync('src/cli/server-commands.ts', 'utf8')
const routes = readSources('src/http')
  .map(({ text }) => text)
  .join('\n')
const { bin, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  bin: { muster: string }
  version: string
}

interface Rule {
  readonly about: string
  /** The first group is what is looked up. */
  readonly pattern: RegExp
  readonly isTrue: (found: string) => boolean
}

const RULES: readonly Rule[] = [
  {
    about: 'the setting',
    pattern: /\b(MUSTER_[A-Z0-9_]+|DATABASE_URL)\b/g,
    isTrue: (name) => Object.values(KEYS).some(({ env }) => env === name),
  },
  {
    about: 'the command',
    pattern: /(?:main\.js |^CMD \["|^ +(?:command|args): \[)([a-z]+)\b/gm,
    isTrue: (name) => commands.includes(`'${name}'`),
  },
  {
    about: 'the option',
    pattern: /(?:^ +(?:command|args): \[|^CMD \[|main\.js )(?:[a-z]+, )?(--[a-z-]+)/gm,
    isTrue: (name) => commands.includes(`'${name}'`),
  },
  { about: 'the program', pattern: /\b(dist\/[\w/]+\.js)/g, isTrue: (path) => path === bin.muster },
  { about: 'the address', pattern: /(\/health\/\w+)/g, isTrue: (path) => routes.includes(`'${path}'`) },
  {
    about: 'the port of requests',
    pattern: /(?:EXPOSE |http, containerPort: |api:|bind :|localhost:|:3000:|-p 127\.0\.0\.1:)(\d+)/g,
    isTrue: (port) => port === KEYS.port.fallback,
  },
  {
    about: 'the port of metrics',
    pattern: /(?:METRICS_PORT=|metrics, containerPort: |io\/port: "|127\.0\.0\.1:)(\d+)(?=[\s"/]|$)/gm,
    isTrue: (port) => port === METRICS_PORT,
  },
  {
    about: 'the version',
    pattern: /image: muster:(\S+)/g,
    isTrue: (found) => found === version,
  },
  {
    about: 'the image without a host',
    pattern: /(?:^FROM|image:) (\S+)/gm,
    isTrue: (image) => !/^[^/]*[.:][^/]*\//.test(image),
  },
]

function complaintsAbout(path: string, text: string): string[] {
  return RULES.flatMap(({ about, pattern, isTrue }) =>
    [...text.matchAll(pattern)]
      .filter(([, found = '']) => !isTrue(found))
      .map(([, found]) => `${path} has what is not so: ${about} ${found}`),
  )
}

const files = readdirSync('deploy')
  // What an operator keeps there for compose.yaml is not in the repository.
  .filter((name) => name !== '.env')
  .map((name) => ({ path: `deploy/${name}`, text: readFileSync(`deploy/${name}`, 'utf8') }))

describe('the files for deployment are true', () => {
  test('settings, commands, ports, addresses and images of deploy/ are those that exist', () => {
    assert.deepEqual(
      files.flatMap(({ path, text }) => complaintsAbout(path, text)),
      [],
    )
  })

  test.each(RULES)('deploy/ names $about at least once, so its rule can find something', ({ pattern }) => {
    assert.ok(files.some(({ text }) => [...text.matchAll(pattern)].length > 0))
  })

  test.each([
    ['the setting', '  MUSTER_PUBLIK_URL: http://localhost:3000'],
    ['the command', '    command: [work]'],
    ['the command', 'ExecStart=/usr/bin/node /opt/muster/dist/main.js server'],
    ['the option', '    command: [serve, --without-jobs]'],
    ['the program', 'ENTRYPOINT ["node", "/app/dist/index.js"]'],
    ['the address', '  option httpchk GET /health/alive'],
    ['the port of requests', 'EXPOSE 8080'],
    ['the port of metrics', '            - { name: metrics, containerPort: 9090 }'],
    ['the version', '          image: muster:0.0.9'],
    ['the image without a host', 'FROM images.example.com/node:24'],
  ])('a false file for deployment is noticed: %s', (about, line) => {
    assert.match(complaintsAbout('deploy/a', line).join(), new RegExp(`not so: ${about}`))
  })
})

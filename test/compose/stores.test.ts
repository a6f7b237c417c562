import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

// Packages of the SDK are CommonJS, so the cache of `require` knows which are loaded.
const SCRIPT = `
import { createRequire } from 'node:module'
const { openObjects } = await import('${ROOT}/src/compose/stores.ts')
await import('${ROOT}/src/compose/server.ts')
const loaded = () => Object.keys(createRequire('${ROOT}/').cache).some((path) => /@(aws-sdk|smithy)/.test(path))
await openObjects({ kind: 'folder', folder: process.argv[1] })
console.log('folder', loaded())
const place = { kind: 's3', bucket: 'files', prefix: '', region: 'us-east-1', encryption: { kind: 'none' } }
await openObjects(place)
console.log('bucket', loaded())
`

test('the AWS SDK is loaded only if files lie in a bucket, and prints nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-stores-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const loader = ['--import', `${ROOT}/test/fixtures/typescript-loader.js`]
  const words = [...loader, '--input-type=module', '--eval', SCRIPT, '--', folder]
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: '' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { env })
  expect(stdout.trim().split('\n')).toEqual(['folder false', 'bucket true'])
  expect(stderr).toBe('')
}, 60_000)

import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, onTestFinished, type TestContext } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { rowsOf, type SourceFiles, type SourceProfile } from '../fixtures/source-files.ts'

const run = promisify(execFile)
const INSTALL_MS_MAX = 30 * 60_000
const OUTPUT_BYTES_MAX = 64 * 2 ** 20

export interface Product {
  readonly name: string
  /** Its own package, the one whose version is reported. */
  readonly main: string
  readonly dependencies: Readonly<Record<string, string>>
  /** What its packages get in place of what they ask for. */
  readonly overrides?: Readonly<Record<string, string>>
  readonly nodeMajor: number
}

/** A product that is installed, and a database for it. */
export interface Trial {
  readonly folder: string
  readonly version: string
  readonly databaseUrl: string
}

/**
 * Installs a product from npm into a folder for temporary files, where the next run finds it again. Skips the test, and
 * says why on standard error, if that is not possible.
 */
export async function tryProduct(product: Product, { skip }: TestContext): Promise<Trial> {
  const skipped = (reason: string): never => {
    const line = '!'.repeat(78)
    process.stderr.write(`${line}\n${product.name} IS NOT TRIED: ${reason}\n${line}\n`)
    return skip(reason)
  }
  const server = inject('postgres')
  if (!('url' in server)) return skipped(server.missing)
  const node = Number.parseInt(process.versions.node, 10)
  if (node < product.nodeMajor)
    return skipped(`it needs Node.js ${product.nodeMajor}, and this is ${process.versions.node}`)
  const folder = join(tmpdir(), 'muster-products', product.name)
  await install(product, folder).catch((error: Error) => skipped(error.message))
  const { url, stop } = await newPostgresDatabase(server.url)
  onTestFinished(stop)
  const manifest = await readFile(join(folder, 'node_modules', product.main, 'package.json'), 'utf8')
  return { folder, databaseUrl: url, version: (JSON.parse(manifest) as { version: string }).version }
}

// Scripts of packages would compile C++ and load programs. None of them is needed for tables and users.
async function install({ name, dependencies, overrides }: Product, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const manifest = { name: `trial-of-${name}`, private: true, dependencies, overrides }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const words = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', words, { cwd: folder, timeout: INSTALL_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX })
}

export interface Program {
  /** The words after `node`. */
  readonly words: readonly string[]
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** Runs one of its programs to the end. */
export async function runProgram({ words, folder, env }: Program): Promise<void> {
  const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES_MAX }
  await run(process.execPath, [...words], options).catch((error: Error & { readonly stdout: string }) => {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error })
  })
}

/** Both files have exactly these users. Says how many. */
export function expectSame(
  files: SourceFiles,
  profiles: readonly SourceProfile[],
  columns: readonly string[],
  { version }: Trial,
): void {
  expect(files.profiles).toEqual(profiles)
  expect(files.rows).toEqual(rowsOf(profiles, columns))
  expect(JSON.stringify(files)).not.toContain('never read')
  process.stdout.write(`${files.preset} ${version}: ${profiles.length} users are equal\n`)
}

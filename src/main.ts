#!/usr/bin/env node
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { composeServer } from './compose/server.ts'
import { KEYS, readConfig } from './config.ts'
import { systemClock } from './domain/clock.ts'
import { Failure } from './domain/failure.ts'
import { newLog } from './observe/log.ts'
import { ownVersion } from './version.ts'

const program = new Command('muster')
  .description("Bulk user export that speaks Auth0's Management API")
  .version(ownVersion(), '--version', 'Print the version')
const serve = program.command('serve', { isDefault: true }).description('Start the server')
const aboutEnvironment = ['\nBy the environment alone:']
for (const key of Object.values(KEYS)) {
  const about = `${key.about} [${key.env}, default: ${key.fallback}]`
  if ('flag' in key) serve.addOption(new Option(key.flag, about).helpGroup('Settings:'))
  else aboutEnvironment.push(`  ${key.env}: ${key.about} [default: ${key.fallback}]`)
}
serve.addHelpText('after', aboutEnvironment.join('\n'))
serve.action(serveUntilStopped)
program
  .command('verify')
  .description('Check an export file against its receipt')
  .argument('<file>', 'the file as it was downloaded')
  .argument('<receipt>', 'the receipt as it was downloaded')
  .option('--jwks <file-or-url>', 'public keys: a copy of /.well-known/jwks.json, or its http(s) URL')
  .addHelpText('after', '\nExit code: 0 if all holds, 1 if something does not, 2 if it was used wrongly.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(verify)
await program.parseAsync()

async function verify(file: string, receipt: string, { jwks }: { readonly jwks?: string }): Promise<void> {
  const { verifyFile } = await import('./verify/verify-file.ts')
  try {
    const { holds, lines } = await verifyFile({ file, receipt, jwks })
    process.stdout.write(`${lines.join('\n')}\n`)
    process.exitCode = holds ? 0 : 1
  } catch (error) {
    process.stderr.write(`${startProblem(error, undefined)}\n`)
    process.exitCode = 2
  }
}

// Supervisors act on the exit code: 0 after a clean stop; 1 if Muster cannot start, cannot stop cleanly or in time, or
// loses a thread.
async function serveUntilStopped(options: Record<string, unknown>): Promise<void> {
  let isStopping = false
  let dataDir: string | undefined
  try {
    const config = readConfig(options)
    dataDir = config.dataDir
    const log = newLog(config.logLevel)
    const onDeath = (thread: string, error: unknown): void => {
      log.fatal({ err: error }, `the thread that runs ${thread} has ended`)
      process.exit(1)
    }
    const server = await composeServer(config, { clock: systemClock, log, onDeath })
    const stop = (signal: string): void => {
      if (isStopping) return
      isStopping = true
      log.info({ signal }, 'stopping')
      // docs/operations.md promises an exit within 10 s of SIGTERM. If a job hangs, another worker takes it over when
      // its lease expires.
      setTimeout(() => process.exit(1), 9_500).unref()
      server.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'could not stop cleanly')
          process.exit(1)
        },
      )
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
    if (server.notice !== '') process.stdout.write(`${server.notice}\n`)
    process.stdout.write(`Muster is ready at ${server.publicUrl}\n${whatNext(server.publicUrl)}\n`)
  } catch (error) {
    process.stderr.write(`${startProblem(error, dataDir)}\n`)
    process.exit(1)
  }
}

function whatNext(publicUrl: string): string {
  const root = fileURLToPath(new URL('..', import.meta.url))
  return `  First export:  ${join(root, 'README.md')} shows it with curl\n  Documentation: ${join(root, 'docs')}, and the API at ${publicUrl}/openapi.json`
}

function startProblem(error: unknown, dataDir: string | undefined): string {
  if (error instanceof Failure)
    return `${error.code}: ${error.message}${causeOf(error.cause)
      .map((cause) => `\nThe cause: ${cause}`)
      .join('')}`
  if (!(error instanceof Error)) return String(error)
  // The error of a write names no path. Muster writes only below the data folder, so the operator is given that.
  const isPathless = 'code' in error && !('path' in error) && dataDir !== undefined
  return `Muster cannot start: ${error.message}${isPathless ? ` (data folder: ${dataDir})` : ''}`
}

function causeOf(cause: unknown): readonly string[] {
  // Node tries every address of a host, and each can fail for another reason, so all are shown.
  if (cause instanceof AggregateError) return (cause.errors as readonly unknown[]).flatMap(causeOf)
  if (!(cause instanceof Error)) return []
  const code =
    'code' in cause && !cause.message.includes(String(cause.code)) ? ` (${String(cause.code)})` : ''
  return [`${cause.message}${code}`]
}

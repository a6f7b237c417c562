import { setTimeout } from 'node:timers/promises'
import type { Compressor } from '../compress/compressor.ts'
import { igzipCompressor } from '../compress/igzip-compressor.ts'
import { triedZlibCompressor } from '../compress/zlib-compressor.ts'
import type { Config } from '../config.ts'
import { type Clock, systemStopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { GZIP_LEVEL_MAX } from '../domain/gzip-level.ts'
import type { See } from '../domain/seen.ts'
import { newBrakes } from '../flow/brake.ts'
import type { RunJobDeps } from '../flow/run-job.ts'
import type { Limits } from '../limits.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { Log } from '../observe/log.ts'
import { watchLoad } from '../pg/load.ts'
import type { PgSource } from '../relations/pg-source.ts'
import type { JobEngine } from './engine.ts'
import { rowsWithSources } from './sources.ts'
import type { Stores } from './stores.ts'
import type { WorkOrder } from './work-order.ts'

export interface WorkDeps {
  readonly engine: JobEngine
  readonly log: Log
  readonly see: See
}

export interface RunnerDeps extends WorkDeps {
  readonly sources: readonly PgSource[]
}

// An export holds several blocks on their way to the compressor, so its memory grows with this size.
const BLOCK_BYTES = 1024 * 1024

/** Fails with `config_invalid` if igzip is demanded and does not work, so that nobody gets zlib unknowingly. */
export async function jobRunners(
  { config, place, verificationSecret }: WorkOrder,
  { jobs, objects, users, connections }: Stores,
  { engine, log, sources }: RunnerDeps,
): Promise<RunJobDeps> {
  const { clock } = engine
  return {
    exporting: {
      objects,
      rows: rowsWithSources(engine, sources, config.exportConnections),
      compress: await compressorOf(config, log),
      defaultFields: config.defaultFields,
      tenant: place.tenant,
      ...brakesOf(config.limits, engine, log),
    },
    importing: { jobs, objects, users, connections, clock, bounds: config.limits },
    verifying: {
      users,
      clock,
      mailer: await mailerOf(config, clock),
      verificationSecret,
      publicUrl: place.publicUrl,
      tenant: place.tenant,
    },
  }
}

// Without a limit there is no brake, since a brake is asked before each chunk.
function brakesOf(limits: Limits, { ledger }: JobEngine, log: Log): Pick<RunJobDeps['exporting'], 'brakes'> {
  const { exportUsersPerSecond: usersPerSecond, pauseLagBytes, pauseConnections } = limits
  const isWatched = pauseLagBytes + pauseConnections > 0
  if (usersPerSecond === 0 && !isWatched) return {}
  const isOverloaded = watchLoad(ledger, {
    marks: { lagBytes: pauseLagBytes, connections: pauseConnections },
    stopwatch: systemStopwatch,
    onChange: (isOver, load) => log.info(load, isOver ? 'exports pause' : 'exports go on'),
    onError: (err) => log.warn({ err }, 'the load of the database is unknown'),
  })
  return {
    brakes: newBrakes({
      ...(usersPerSecond === 0 ? {} : { usersPerSecond }),
      ...(isWatched ? { isOverloaded } : {}),
      stopwatch: systemStopwatch,
      wait: (seconds, signal) => setTimeout(seconds * 1000, undefined, { signal }),
    }),
  }
}

// Loading the mailer takes 0.05 s, so a start without a mail service skips it.
async function mailerOf({ mail }: Pick<Config, 'mail'>, clock: Clock): Promise<Mailer | undefined> {
  if (mail === undefined) return undefined
  const { smtpMailer } = await import('../mail/smtp-mailer.ts')
  return smtpMailer({ ...mail, clock })
}

export async function compressorOf(
  { compressor, gzipLevel: level }: Pick<Config, 'compressor' | 'gzipLevel'>,
  log: Log,
): Promise<Compressor> {
  const isForIgzip = compressor !== 'zlib' && level <= GZIP_LEVEL_MAX.igzip
  const igzip = isForIgzip
    ? await igzipCompressor({ level, blockBytes: BLOCK_BYTES }).catch((error: Failure) => error)
    : undefined
  if (igzip instanceof Failure && compressor === 'igzip')
    throw new Failure('config_invalid', `MUSTER_COMPRESSOR is igzip (Debian: isal), but ${igzip.message}`, {
      cause: igzip.cause,
    })
  const why = igzip instanceof Failure ? { igzip: igzip.message } : {}
  const isIgzip = typeof igzip === 'function'
  log.info({ compressor: isIgzip ? 'igzip' : 'zlib', level, ...why }, 'the compressor of export files')
  if (isIgzip) return igzip
  return triedZlibCompressor({ level, blockBytes: BLOCK_BYTES }, (err) =>
    log.warn({ err }, 'this Node cannot use an engine of zlib again: exports take more memory and time'),
  )
}

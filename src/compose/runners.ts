import type { Compressor } from '../compress/compressor.ts'
import { igzipCompressor } from '../compress/igzip-compressor.ts'
import { zlibCompressor } from '../compress/zlib-compressor.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { GZIP_LEVEL_MAX } from '../domain/gzip-level.ts'
import type { RunJobDeps } from '../flow/run-job.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { Log } from '../observe/log.ts'
import type { JobEngine } from './engine.ts'
import type { Stores } from './stores.ts'
import type { WorkOrder } from './work-order.ts'

export interface WorkDeps {
  readonly engine: JobEngine
  readonly log: Log
}

// Memory of an export is counted in these, on its way to compression.
const BLOCK_BYTES = 1024 * 1024

/** What jobs of each kind are run with. Fails with `config_invalid` where the compressor that is asked for does not work. */
export async function jobRunners(
  { config, place, verificationSecret }: WorkOrder,
  { jobs, objects, users, connections }: Stores,
  { engine, log }: WorkDeps,
): Promise<RunJobDeps> {
  const { clock } = engine
  return {
    exporting: {
      objects,
      rows: engine.rows(config.exportConnections),
      compress: await compressorOf(config, log),
      defaultFields: config.defaultFields,
      tenant: place.tenant,
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

// Loading it takes 0.05 s, which starts without mails need not spend.
async function mailerOf({ mail }: Pick<Config, 'mail'>, clock: Clock): Promise<Mailer | undefined> {
  if (mail === undefined) return undefined
  const { smtpMailer } = await import('../mail/smtp-mailer.ts')
  return smtpMailer({ ...mail, clock })
}

async function compressorOf(
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
  log.info({ compressor: isIgzip ? 'igzip' : 'zlib', level, ...why }, 'what compresses export files')
  return isIgzip ? igzip : zlibCompressor({ level, blockBytes: BLOCK_BYTES })
}

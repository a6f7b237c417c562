import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { Place } from '../place.ts'

export interface Tls {
  readonly options: { readonly cert: string; readonly key: string }
  readonly caPath?: string
}

export async function tlsOf(
  config: Pick<Config, 'tls' | 'dataDir'>,
  place: Place,
  clock: Clock,
): Promise<Tls | undefined> {
  if (config.tls === undefined) return undefined
  if (config.tls !== 'self-signed') {
    const { certFile, keyFile } = config.tls
    return { options: { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') } }
  }
  // Loading X.509 takes 0.1 s, so a start without a self-signed certificate skips it.
  const { ensureSelfSigned } = await import('../certificates/local-authority.ts')
  const hosts = [new URL(place.publicUrl).hostname.replace(/^\[|\]$/g, '')]
  const { certificate, key, caPath } = await ensureSelfSigned(join(config.dataDir, 'tls'), hosts, clock)
  return { options: { cert: certificate, key }, caPath }
}

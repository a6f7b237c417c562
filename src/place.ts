import { createServer, isIP } from 'node:net'
import type { Config } from './config.ts'

export interface Place {
  readonly host: string
  readonly port: number
  /** Without a slash at the end, since paths are joined to it. */
  readonly publicUrl: string
  readonly tenant: string
}

export async function placeOf(config: Config): Promise<Place> {
  const port = config.port === 0 ? await freePort(config.host) : config.port
  const publicUrl = config.publicUrl ?? urlOf(config, port)
  return {
    host: config.host,
    port,
    publicUrl,
    tenant: config.tenant ?? tenantOf(new URL(publicUrl).hostname),
  }
}

function urlOf({ host, tls }: Config, port: number): string {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  // Auth0's SDKs expect a host name, and the self-signed certificate is served for `localhost`.
  const isNamed = isEverywhere || (tls === 'self-signed' && host === '127.0.0.1')
  const name = isNamed ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host
  return new URL(`${tls === undefined ? 'http' : 'https'}://${name}:${port}`).origin
}

// An IP address has no labels, so its first part would be no name.
function tenantOf(hostname: string): string {
  const [label = ''] = hostname.split('.')
  return hostname.startsWith('[') || isIP(hostname) !== 0 || label === '' ? 'muster' : label
}

// Binds port 0 once to find a free port: tokens and links contain the port before the server listens.
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

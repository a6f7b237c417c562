import type { FastifyInstance } from 'fastify'
import type { See } from '../domain/seen.ts'
import { failureOf } from './render-failure.ts'
import { getDownload } from './routes/get-download.ts'

/** Reports failures and downloads, because metrics count them. */
export function tellSeen(app: FastifyInstance, see: See): void {
  app.addHook('onError', async (_request, _reply, error) => {
    see({ kind: 'failure', code: failureOf(error).code })
  })
  app.addHook('onSend', async ({ method, routeOptions }, reply) => {
    const isFile = routeOptions.url === getDownload.servedAt && reply.statusCode < 300
    if (method !== 'GET' || !isFile) return
    see({ kind: 'download', event: 'begun' })
    // `onResponse` is not called if the client hangs up.
    reply.raw.once('close', () => {
      see({ kind: 'download', event: reply.raw.writableFinished ? 'ended' : 'cut' })
    })
  })
}

import type { FastifyInstance } from 'fastify'

export interface MetaDeps {
  readonly document: object
  /** Rejects when the database or the disk is not usable. */
  readonly ping: () => Promise<unknown>
}

/** `GET /health` for whoever sends requests here, `GET /health/live` for whoever restarts the process, `GET /openapi.json` for whoever reads. */
export function metaRoutes(app: FastifyInstance, deps: MetaDeps): void {
  app.get('/health', async () => {
    await deps.ping()
    return { status: 'ok' }
  })
  app.get('/health/live', async () => ({ status: 'ok' }))
  // Made once: whoever asks again and again without reading costs no copies.
  const bytes = Buffer.from(JSON.stringify(deps.document))
  app.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes))
}

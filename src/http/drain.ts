import type { FastifyInstance } from 'fastify'

/**
 * While requests are under way, a server that closes still answers new ones, for at most `seconds`. Without that, a
 * load balancer would meet a closed port before it learns from `/health/ready` to send requests elsewhere.
 */
export function drainBeforeClose(app: FastifyInstance, seconds: number): void {
  let underWay = 0
  let onIdle = (): void => undefined
  app.addHook('onRequest', async (_request, reply) => {
    underWay++
    reply.raw.once('close', () => {
      underWay--
      if (underWay === 0) onIdle()
    })
  })
  app.addHook('preClose', async () => {
    if (underWay === 0) return
    let late: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      onIdle = resolve
      late = setTimeout(resolve, seconds * 1000)
    })
    clearTimeout(late)
  })
}

import { defineRoute } from '../define-route.ts'
import { HEALTH } from '../health-shape.ts'

/**
 * A supervisor restarts the process if it does not answer. So neither the database nor the disk is asked: a restart
 * would not help them.
 */
export const getHealthLive = defineRoute({
  method: 'GET',
  path: '/health/live',
  operationId: 'get_health_live',
  summary: 'Check that the process answers',
  answers: { 200: { description: 'The process answers.', ...HEALTH } },
  handle: async () => ({ status: 'ok' }),
})

import type { Shape } from './define-route.ts'

export const HEALTH: Shape = {
  schema: {
    title: 'Health',
    type: 'object',
    additionalProperties: false,
    required: ['status'],
    properties: { status: { type: 'string', enum: ['ok'] } },
  },
  example: { status: 'ok' },
}

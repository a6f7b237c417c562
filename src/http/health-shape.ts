import { closed } from '../schema/build.ts'
import type { Shape } from './define-route.ts'

export const HEALTH: Shape = {
  schema: {
    title: 'Health',
    ...closed(['status'], { status: { type: 'string', enum: ['ok'] } }),
  },
  example: { status: 'ok' },
}

import { closed, integer } from '../schema/build.ts'
import type { Shape } from './define-route.ts'

export const HEALTH: Shape = {
  schema: {
    title: 'Health',
    ...closed(['status'], {
      status: { type: 'string', enum: ['ok'] },
      sources: {
        description:
          'How many sources are in each state. Only of `/health/ready`, and only if there are sources.',
        ...closed(['reachable', 'unavailable', 'unusable'], {
          reachable: integer('Their users can be read.'),
          unavailable: integer('Their databases cannot be reached now.'),
          unusable: integer('Their tables are not as the settings say, or cannot be read.'),
        }),
      },
    }),
  },
  example: { status: 'ok' },
}

import { expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { errorLine } from '../../src/observe/log.ts'

test('P9 an error of the database is logged with its code and place, without quoted values', () => {
  const quoted = Object.assign(new Error('Key (email)=(ada@example.com) already exists.'), {
    code: '23505',
    detail: 'Key (email)=(ada@example.com) already exists.',
    where: 'COPY users, line 1: "ada@example.com"',
  })
  const line = errorLine(new Failure('database_unavailable', 'The database is busy.', { cause: quoted }))
  expect(line).toMatchObject({
    type: 'Failure',
    code: 'database_unavailable',
    message: 'The database is busy.',
  })
  expect(line['cause']).toMatchObject({ code: '23505' })
  expect(JSON.stringify(line)).not.toContain('ada@')
})

test('an internal error is logged with its message and its place', () => {
  const line = errorLine(new TypeError('x is not a function'))
  expect(line).toMatchObject({ type: 'TypeError', message: 'x is not a function' })
  expect(String((line['stack'] as string[])[0])).toContain('log.test')
  expect(errorLine('a text')).toEqual({ type: 'string' })
})

import pg from 'pg'
import { expect, test } from 'vitest'
import { failureOf } from '../../src/pg/failure-of.ts'

function refused(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('as PostgreSQL words it', 1, 'error'), { code })
}

test.each([
  [refused('53300'), 'The database has no free connection. Try again later.'],
  [refused('53100'), 'The disk of the database is full. Try again later.'],
  [refused('55P03'), 'Another session has locked a table of the database. Try again later.'],
  [refused('57P03'), 'The database is starting or stopping. Try again later.'],
  [refused('40001'), 'The database cannot be reached or is too busy. Try again later.'],
  [
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    'The database refuses connections. Try again later.',
  ],
  [
    new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })], 'each address'),
    'The database refuses connections. Try again later.',
  ],
  [
    Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    "The database's certificate is not trusted: see sslrootcert. Try again later.",
  ],
])('a temporary failure of the database may be tried again and says why: %s', (error, message) => {
  expect(failureOf(error)).toMatchObject({
    code: 'database_unavailable',
    message,
    mayRetry: true,
    cause: error,
  })
})

test('an error of a database constraint is passed on unchanged', () => {
  const error = refused('23505')
  expect(failureOf(error)).toBe(error)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Clause, Filter, NamedField, TextTest } from '../../src/domain/filter.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { attributes, questionTo } from './arbitraries.ts'
import { type Question, writeQuestion } from './question.ts'

const TOKENS = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    ':',
    '*',
    '?',
    '+',
    '-',
    '!',
    '^',
    '~',
    '<',
    '>=',
    '&&',
    '||',
    ' ',
    '\n',
  ],
  ...[
    'AND',
    'OR',
    'NOT',
    ' TO ',
    'a',
    'name:',
    'created_at:',
    '2017-11',
    'logins_count:',
    '5',
    'user_metadata.a:',
  ],
  ...['_exists_:', 'email.domain', '.', '😀', '\ud800', '\0', 'true', 'blocked:'],
]

test('a text that is no query is refused with a position within the text', () => {
  const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map((list) => list.join(''))
  fc.assert(
    fc.property(fc.oneof(tokens, fc.string({ unit: 'binary' }), fc.string()), (text) => {
      const result = parseQuery(text)
      if (!('problem' in result)) return
      expect(result.position).toBeGreaterThanOrEqual(0)
      expect(result.position).toBeLessThanOrEqual([...text].length)
    }),
    propertyRuns(2000),
  )
})

test('a filter written as a query is read as the same filter', () => {
  const users = fc.array(attributes, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(users.chain(questionTo), fc.infiniteStream(fc.boolean()), (question, choices) => {
      const choose = (): boolean => choices.next().value ?? false
      const filter = parseQuery(writeQuestion(question, choose))
      if ('problem' in filter) throw new Error(filter.problem)
      // Past the last year and the last number that a query can write.
      fc.pre(!/"before":"(~|)"|"from":"(~|)"|9007199254740992/.test(JSON.stringify(filter)))
      expect(parseQuery(writeQuestion(questionOf(filter), choose))).toEqual(filter)
    }),
    propertyRuns(500),
  )
})

function questionOf(filter: Filter): Question {
  switch (filter.kind) {
    case 'all':
      return { kind: 'and', of: filter.of.map(questionOf) }
    case 'any':
      return { kind: 'or', of: filter.of.map(questionOf) }
    case 'not':
      return { kind: 'not', of: questionOf(filter.of) }
    default:
      return questionOfClause(filter)
  }
}

function questionOfClause(clause: Clause): Question {
  switch (clause.kind) {
    case 'exists':
      return { kind: 'exists', field: namesOf(clause.field) }
    case 'boolean':
      return { kind: 'is', field: [clause.field], value: String(clause.is) }
    case 'integer':
      return {
        kind: 'between',
        field: [clause.field],
        low: clause.from === undefined ? undefined : { value: String(clause.from), isInclusive: true },
        high: clause.upTo === undefined ? undefined : { value: String(clause.upTo), isInclusive: true },
      }
    case 'moment':
      return {
        kind: 'between',
        field: [clause.field],
        low: clause.from === undefined ? undefined : { value: clause.from, isInclusive: true },
        high: clause.before === undefined ? undefined : { value: clause.before, isInclusive: false },
      }
    case 'anywhere':
      return clause.test.kind === 'like'
        ? { kind: 'bare like', pattern: piecesOf(clause.test) }
        : { kind: 'bare', value: clause.test.kind === 'equals' ? clause.test.text : '' }
    default:
      return questionOfText(namesOf(clause.field), clause.test)
  }
}

function questionOfText(field: readonly string[], asked: TextTest): Question {
  if (asked.kind === 'equals') return { kind: 'is', field, value: asked.text }
  if (asked.kind === 'like') return { kind: 'like', field, pattern: piecesOf(asked) }
  const [low, high] = [asked.from, asked.upTo].map(
    (bound) => bound && { value: bound.text, isInclusive: bound.isInclusive },
  )
  return { kind: 'between', field, low, high }
}

function piecesOf(
  asked: Extract<TextTest, { kind: 'like' }>,
): Extract<Question, { kind: 'like' }>['pattern'] {
  return asked.pattern.map((piece) => (typeof piece === 'string' ? { any: piece } : piece.text))
}

function namesOf(field: NamedField): string[] {
  if (typeof field === 'string') return field.split('.')
  return field.root === 'extra' ? [...field.steps] : [field.root, ...field.steps]
}

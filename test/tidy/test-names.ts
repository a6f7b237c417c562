import ts from 'typescript'
import type { Source } from './sources.ts'

const WORDS_MIN = 4
const RIDDLES =
  /\b(whatever|whoever|whomever|everybody|somebody|nobody|meanwhile|moments?|beside|told|tells|anew|it)\b/i
// A name that begins with one of these has its subject in the `describe` around it, or none.
const NO_SUBJECT =
  /^(%\w|\$|and|are|as|at|but|by|does|for|from|has|have|if|in|is|may|not|of|on|once|or|so|that|to|what|when|where|which|while|who|whose|why|with|without)\b/i

/** Names of tests that a reader of a red line could not understand without the file. */
export function testNameComplaints(tests: readonly Source[]): string[] {
  return tests.flatMap(({ path, text }) => {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
    return callsIn(file).flatMap((call) => {
      const problem = problemOf(call)
      return problem === undefined ? [] : [`${path}: "${call.name}" ${problem}`]
    })
  })
}

interface Call {
  readonly kind: 'test' | 'describe'
  readonly name: string
}

function problemOf({ kind, name }: Call): string | undefined {
  const riddle = RIDDLES.exec(name)
  if (riddle !== null) return `has the word "${riddle[0]}": name the thing`
  if (kind === 'describe') return undefined
  const sentence = name.replace(/^(P\d+ )+/, '')
  if (NO_SUBJECT.test(sentence)) return 'begins without a subject: name the thing under test first'
  const words = sentence.split(/\s+/).length
  return words < WORDS_MIN ? `has ${words} words: write a sentence` : undefined
}

function callsIn(file: ts.SourceFile): Call[] {
  const calls: Call[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const kind = calledBy(node.expression)
      const name = kind && node.arguments[0] && textOf(node.arguments[0])
      if (kind !== undefined && name !== undefined) calls.push({ kind, name })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return calls
}

/** `test` of `test(…)`, `test.each(…)(…)` and `test.runIf(…)(…)`. */
function calledBy(expression: ts.Expression): Call['kind'] | undefined {
  if (ts.isIdentifier(expression))
    return expression.text === 'test' || expression.text === 'describe' ? expression.text : undefined
  return ts.isCallExpression(expression) || ts.isPropertyAccessExpression(expression)
    ? calledBy(expression.expression)
    : undefined
}

function textOf(name: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(name)) return name.text
  if (!ts.isTemplateExpression(name)) return undefined
  return name.head.text + name.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
}

import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { directionComplaints } from './direction.ts'
import { cycleComplaints, suppressionComplaints } from './shape.ts'
import { nameOf, readSources, roomOf, type Source } from './sources.ts'

// What `npm run house` measures of the source, and what the team holds itself to. It exits with 1 if a target is missed.

interface Figure {
  readonly name: string
  readonly value: number
  readonly target: string
  readonly isMet: boolean
  /** Where it is not as it should be. */
  readonly places: readonly string[]
}

const COMMENTS_DRAWN = 20

const sources = readSources('src')
const tests = readSources('test')
const program = ts.createProgram(
  sources.map(({ path }) => path).filter((path) => path.endsWith('.ts')),
  ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')).config,
    ts.sys,
    '.',
  ).options,
)
const checker = program.getTypeChecker()
const files = program
  .getSourceFiles()
  .filter(({ fileName }) => /(?:^|\/)src\//.test(fileName) && !fileName.includes('node_modules'))

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile()
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

/** Every node of the source that is of a kind. */
function nodes<Kind extends ts.Node>(is: (node: ts.Node) => node is Kind): Kind[] {
  const found: Kind[] = []
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  for (const file of files) visit(file)
  return found
}

function none(name: string, places: readonly string[]): Figure {
  return { name, value: places.length, target: '0', isMet: places.length === 0, places }
}

function functionLengths(): Figure[] {
  const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
    ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
  const lengths = nodes(isFunction)
    .filter((node) => ts.isBlock((node.body ?? node) as ts.Node))
    .map((node) => ({ lines: node.getText().split('\n').length, place: placeOf(node) }))
    .sort((a, b) => a.lines - b.lines)
  const p90 = lengths[Math.floor(lengths.length * 0.9)]?.lines ?? 0
  const longest = lengths.at(-1)
  const long = lengths
    .filter(({ lines }) => lines > 60)
    .map(({ lines, place }) => `${place} has ${lines} lines`)
  return [
    { name: 'lines of a function, p90', value: p90, target: '≤ 20', isMet: p90 <= 20, places: [] },
    {
      name: 'lines of the longest function',
      value: longest?.lines ?? 0,
      target: '≤ 60',
      isMet: long.length === 0,
      places: long,
    },
  ]
}

/** Variables of a module that can change: two servers in one process would share them. */
function moduleState(): string[] {
  return files.flatMap((file) =>
    file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
      const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
      return statement.declarationList.declarations
        .filter(({ initializer }) => !isConst || isEmptyHolder(initializer))
        .map(placeOf)
    }),
  )
}

// What begins empty is there to be filled.
function isEmptyHolder(node: ts.Expression | undefined): boolean {
  if (node === undefined) return false
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0 && !isReadonly(node)
  const isHolder = ts.isNewExpression(node) && /^(?:Weak)?(?:Map|Set)$/.test(node.expression.getText())
  return isHolder && (node.arguments?.length ?? 0) === 0
}

function isReadonly(node: ts.Node): boolean {
  const { parent } = node
  return ts.isVariableDeclaration(parent) && parent.type?.getText().startsWith('readonly ') === true
}

/** What is thrown must carry a code, or be what was caught. */
function throwsWithoutCode(): string[] {
  return nodes(ts.isThrowStatement)
    .filter(({ expression }) => {
      const type = checker.getTypeAtLocation(expression)
      const isCaught = (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any | ts.TypeFlags.Never)) !== 0
      const parts = type.isUnion() ? type.types : [type]
      return !isCaught && parts.some((part) => part.getProperty('code') === undefined)
    })
    .map(placeOf)
}

/** A Failure made of what was caught must keep it as its cause, or give it to what makes the Failure. */
function causesLost(): string[] {
  return nodes(ts.isCatchClause).flatMap(({ variableDeclaration, block }) => {
    const caught = variableDeclaration?.name.getText()
    const thrown: ts.ThrowStatement[] = []
    const visit = (node: ts.Node): void => {
      if (ts.isThrowStatement(node)) thrown.push(node)
      if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit)
    }
    visit(block)
    return thrown
      .filter(
        (node) => caught === undefined || !new RegExp(`\\b${caught}\\b`).test(node.expression.getText()),
      )
      .map(placeOf)
  })
}

const ADAPTER = /^(?:pg|disk|s3|smtp|zlib|igzip)-(.+)\.ts$/

/** A port has adapters that are named after it: `disk-object-store.ts` is one of `object-store.ts`. */
function portsWithoutContract(): Figure {
  const paths = new Set(sources.map(({ path }) => path))
  const isPort = ({ path }: Source): boolean => {
    const name = ADAPTER.exec(nameOf(path))?.[1]
    return name !== undefined && paths.has(`src/${roomOf(path)}/${name}.ts`)
  }
  const ports = [
    ...new Set(sources.filter(isPort).map(({ path }) => ADAPTER.exec(nameOf(path))?.[1] ?? '')),
  ].sort()
  const contracts = new Set(readdirSync('test/contract').map((name) => name.replace(/\.ts$/, '')))
  const without = ports.filter((port) => !contracts.has(port))
  const value = ports.length - without.length
  return {
    name: 'ports with a contract suite',
    value,
    target: `${ports.length}`,
    isMet: without.length === 0,
    places: without,
  }
}

function figures(): Figure[] {
  const anys = nodes((node): node is ts.KeywordTypeNode => node.kind === ts.SyntaxKind.AnyKeyword)
  const mocks = tests.filter(({ text }) => /\bvi\.(?:do)?[mM]ock\(/.test(text)).map(({ path }) => path)
  return [
    ...functionLengths(),
    none('imports that run up or sideways', directionComplaints(sources)),
    none('circles of imports', cycleComplaints(sources)),
    none('variables of a module that can change', moduleState()),
    none(
      'module mocks in tests',
      mocks.filter((path) => path !== 'test/tidy/house.ts'),
    ),
    none('any', anys.map(placeOf)),
    none('checkers silenced', suppressionComplaints(sources)),
    none('throws without a code', throwsWithoutCode()),
    none('causes lost in a catch', causesLost()),
    portsWithoutContract(),
  ]
}

/** Comments of the source, drawn by a seed: a reader judges whether each says why, for whom, or what breaks. */
function drawnComments(seed: number): string[] {
  const comments = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\/\*\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n?)+/gm)].map(
      ([comment]) => `${path}\n${comment.trimEnd()}`,
    ),
  )
  let state = seed
  const next = (): number => {
    state = (state * 48271) % 2147483647
    return state
  }
  return Array.from({ length: COMMENTS_DRAWN }, () => comments.splice(next() % comments.length, 1)[0] ?? '')
}

const seed = process.argv[2]
if (seed === undefined) {
  const measured = figures()
  const lines = sources.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0)
  for (const { name, value, target, isMet, places } of measured) {
    process.stdout.write(`${isMet ? 'met   ' : 'MISSED'}  ${name}: ${value} (target ${target})\n`)
    for (const place of isMet ? [] : places) process.stdout.write(`          ${place}\n`)
  }
  process.stdout.write(`        ${sources.length} files, ${lines} lines in src\n`)
  if (measured.some(({ isMet }) => !isMet)) process.exitCode = 1
} else process.stdout.write(`${drawnComments(Number(seed)).join('\n\n')}\n`)

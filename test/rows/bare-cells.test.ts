import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bareCells } from '../../src/rows/bare-cells.ts'
import { crlfLines } from '../../src/rows/crlf-lines.ts'
import { type Rewrite, rewriteLines } from '../../src/rows/rewrite-lines.ts'

type Cell = { readonly text: string } | { readonly bare: string }

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

// As COPY writes a column that is always quoted, with a mark before what must stand bare.
function copied(cell: Cell): string {
  if ('bare' in cell) return `"\x01${cell.bare}"`
  return quoted(cell.text.startsWith('\x01') ? `\x01${cell.text}` : cell.text)
}

const wanted = (cell: Cell): string => ('bare' in cell ? cell.bare : quoted(cell.text))

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({
    text: fc.string({
      unit: fc.constantFrom('"', '\x01', '\x02', ',', ';', '\n', "'", 'a', 'é', '\r', '"\x02"\n'),
    }),
  }),
  fc.record({ bare: fc.constantFrom('1', 'true', '-2.50', 'null', '{}', '[]', '') }),
)
const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })

async function* cutUp(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let index = 0; at < bytes.length; index++) {
    const size = cuts[index % cuts.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function rewritten(
  text: string,
  cuts: readonly number[],
  rewrites: readonly Rewrite[],
): Promise<string> {
  const out: Uint8Array[] = []
  for await (const chunk of rewriteLines(cutUp(Buffer.from(text), cuts), rewrites)) out.push(chunk)
  return Buffer.concat(out).toString()
}

test('P8 marked cells come out bare and all else unchanged, wherever the chunks are cut', async () => {
  await fc.assert(
    fc.asyncProperty(rows, sizes, async (given, cuts) => {
      const lines = (write: (cell: Cell) => string): string =>
        given.map((row) => `${row.map(write).join(',')}\n`).join('')
      expect(await rewritten(lines(copied), cuts, [bareCells])).toBe(lines(wanted))
    }),
    { numRuns: 500 },
  )
})

test('P8 lines end in CR LF and cells keep their own line feeds, wherever the chunks are cut', async () => {
  const delimiters = fc.constantFrom(',', ';', '\t')
  await fc.assert(
    fc.asyncProperty(rows, sizes, delimiters, async (given, cuts, delimiter) => {
      const lines = (write: (cell: Cell) => string, end: string): string =>
        given.map((row) => `${row.map(write).join(delimiter)}${end}`).join('')
      const out = await rewritten(lines(copied, `${delimiter}"\x02"\n`), cuts, [
        crlfLines(delimiter),
        bareCells,
      ])
      expect(out).toBe(lines(wanted, '\r\n'))
    }),
    { numRuns: 500 },
  )
})

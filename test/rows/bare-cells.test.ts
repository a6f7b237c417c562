import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bareCells } from '../../src/rows/bare-cells.ts'

type Cell = { readonly text: string } | { readonly bare: string }

// As COPY writes a column that is always quoted, with a mark before what must stand bare.
function copied(cell: Cell): string {
  return 'bare' in cell ? `"\x01${cell.bare}"` : `"'${cell.text.replaceAll('"', '""')}"`
}

function wanted(cell: Cell): string {
  return 'bare' in cell ? cell.bare : copied(cell)
}

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({ text: fc.string({ unit: fc.constantFrom('"', '\x01', ',', '\n', "'", 'a', 'é', '\r') }) }),
  fc.record({ bare: fc.constantFrom('1', 'true', '-2.50', 'false') }),
)

async function* cutUp(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

test('P8 marked cells come out bare and all else unchanged, wherever the chunks are cut', async () => {
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(rows, sizes, async (given, cuts) => {
      const lines = (write: (cell: Cell) => string): string =>
        given.map((row) => `${row.map(write).join(',')}\n`).join('')
      const out: Uint8Array[] = []
      for await (const chunk of bareCells(cutUp(Buffer.from(lines(copied)), cuts))) out.push(chunk)
      expect(Buffer.concat(out).toString()).toBe(lines(wanted))
    }),
    { numRuns: 500 },
  )
})

import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Whether people read along. */
export function isTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true
}

/** Colour only on a terminal, and not with NO_COLOR (no-color.org): Node looks at both. */
export function inStyle(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

/** The result of a command. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** About a command's work. Standard output may be the file itself, so this goes to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** A table on a terminal, values with tabs between them otherwise. */
export async function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (!isTerminal(process.stdout)) {
    for (const row of [head, ...rows]) print(row.join('\t'))
    return
  }
  const { default: Table } = await import('cli-table3')
  const table = new Table({ head: [...head], style: { head: [], border: [] } })
  table.push(...rows.map((row) => [...row]))
  print(table.toString())
}

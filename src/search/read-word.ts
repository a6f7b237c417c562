import { QueryProblem } from './query-problem.ts'

interface Character {
  readonly text: string
  readonly isLiteral: boolean
}

export interface Word {
  readonly characters: readonly Character[]
  readonly isQuoted: boolean
  readonly start: number
  readonly end: number
}

export function readWord(text: string, start: number, stops: RegExp): Word {
  const characters: Character[] = []
  let at = start
  while (at < text.length) {
    const character = characterAt(text, at)
    if (!character.isLiteral && stops.test(character.text)) break
    characters.push(character)
    at += character.text.length + (character.isLiteral ? 1 : 0)
  }
  return { characters, isQuoted: false, start, end: at }
}

export function readPhrase(text: string, start: number): Word {
  const { characters, end } = readWord(text, start + 1, /"/)
  if (end === text.length) throw new QueryProblem('a quote is opened here and not closed', start)
  const literal = characters.map((character) => ({ ...character, isLiteral: true }))
  return { characters: literal, isQuoted: true, start, end: end + 1 }
}

export function plainText(word: Word): string {
  return word.characters.map(({ text }) => text).join('')
}

export function isSpecial(character: Character, special: string): boolean {
  return !character.isLiteral && special.includes(character.text)
}

// Whole code points, since `?` stands for one of them, as PostgreSQL counts.
function characterAt(text: string, at: number): Character {
  const isEscape = text[at] === '\\'
  const point = text.codePointAt(isEscape ? at + 1 : at)
  if (point === undefined) throw new QueryProblem('a backslash has nothing after it', at)
  return { text: String.fromCodePoint(point), isLiteral: isEscape }
}

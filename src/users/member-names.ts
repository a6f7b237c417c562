import type { JsonObject } from '../domain/json.ts'
import { meaningAmong, remembered, trimmed, visible } from '../domain/near-name.ts'
import { CREDENTIAL_NAMES, IMPORTED_NAMES } from '../domain/profile.ts'
import type { Remark } from './left-out.ts'
import { additional, type ObjectRule, type Problem, ROOT_PATH } from './rules.ts'

export type NameJudge = (name: string) => Problem | Remark | undefined

/** Remembers its judgements, since the users of a file have mostly the same names. */
export function newNameJudge(): NameJudge {
  return remembered(judgeName)
}

/**
 * A name that differs from a known one only by case or blanks is a problem. So is one similar to a credential's name.
 * Without this rule Muster would store an attribute that the sender did not mean. A blank name is a problem too, since
 * no reader can see it. Any other name that Auth0 does not have is a remark.
 */
export const judgeName: NameJudge = (name) => {
  if (KNOWN.has(name)) return undefined
  if (trimmed(name) === '') return misnamed(name, 'a member needs a name')
  const meant = meaning(name)
  if (meant === undefined) return { kind: 'foreign_attribute', name }
  if (meant.isSame || CREDENTIALS.has(meant.name)) return misnamed(name, `${meant.name} was probably meant`)
  return { kind: 'foreign_attribute', name, meant: meant.name }
}

const KNOWN: ReadonlySet<string> = new Set(IMPORTED_NAMES)
const CREDENTIALS: ReadonlySet<string> = new Set(CREDENTIAL_NAMES)
const meaning = meaningAmong(IMPORTED_NAMES)

function misnamed(name: string, what: string): Problem {
  return additional(`${visible(name)}: ${what}`, ROOT_PATH)
}

export function checkNames(
  user: JsonObject,
  { rule, judge }: { readonly rule: ObjectRule; readonly judge: NameJudge },
  problems: Problem[],
): readonly Remark[] {
  const remarks: Remark[] = []
  for (const name in user) {
    if (rule.members.has(name) || rule.refused?.has(name) === true) continue
    const judgement = judge(name)
    if (judgement === undefined) continue
    if ('kind' in judgement) remarks.push(judgement)
    else problems.push(judgement)
  }
  return remarks
}

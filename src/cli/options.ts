import { InvalidArgumentError, Option } from 'commander'
import type { Client } from '../client/client.ts'
import { Failure } from '../domain/failure.ts'

/** For an option that may be given several times. */
export function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Any other value than a whole number from 1 to `max` is a wrong usage. */
export function countOption(flags: string, about: string, max = Number.MAX_SAFE_INTEGER): Option {
  return new Option(flags, about).argParser((text) => {
    const count = Number(text)
    if (/^\d+$/.test(text) && count >= 1 && count <= max) return count
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${max}.`)
  })
}

/** An option that may be given several times, and whose value may be a list with commas. */
export function listOption(flags: string, about: string): Option {
  return new Option(flags, `${about}; several with commas, or by several options`).argParser(
    (text: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      ...text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    ],
  )
}

/** Fails with `usage_invalid` before anything is asked of a tenant of Auth0. */
export function needMuster({ target }: Client, what: string, instead: string): void {
  if (target.kind === 'muster') return
  throw new Failure(
    'usage_invalid',
    `Auth0 has no ${what}: this works with a Muster (--url) only. ${instead}`,
  )
}

/** Fails with `confirmation_missing` unless the option is given. */
export function needYes(isGiven: boolean | undefined, whatHappens: string): void {
  if (isGiven === true) return
  throw new Failure('confirmation_missing', `${whatHappens} To do it, run the command again with --yes.`)
}

/** For the end of a command's help, without `muster` in front. A test runs them. */
export function examples(...commands: readonly string[]): string {
  return ['\nExamples:', ...commands.map((command) => `  muster ${command}`)].join('\n')
}

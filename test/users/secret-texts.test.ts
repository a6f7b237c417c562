import { describe, expect, test } from 'vitest'
import { isSecretText } from '../../src/users/secret-texts.ts'
import { HARMLESS_TEXTS, SECRET_TEXTS } from '../fixtures/secret-texts.ts'

describe('secrets by their shape', () => {
  test.each(SECRET_TEXTS)('a text with the shape of a secret is recognized: %s', (text) => {
    expect(isSecretText(text)).toBe(true)
    expect(isSecretText(` ${text}\n`)).toBe(true)
    expect(isSecretText(`"${text}`)).toBe(true)
  })

  test.each(HARMLESS_TEXTS)('a text that only resembles a secret is accepted: %s', (text) => {
    expect(isSecretText(text)).toBe(false)
  })

  test('a long text is checked in time linear in its length', () => {
    const started = performance.now()
    for (const start of ['$a$', '$', '{', 'eyJ', 'sha1$', 'pbkdf2', '-----BEGIN ', ' ', "'"])
      for (const piece of ['a', '$', '.', 'a$', ' ', "'", 'A=,']) isSecretText(start + piece.repeat(200_000))
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

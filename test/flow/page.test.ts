import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkpointPage, offsetPage } from '../../src/flow/page.ts'

const entries = (count: number) => Array.from({ length: count }, (_, index) => `id ${index}`)
const itself = (entry: string) => entry

test('the checkpoint pages of a list give the whole list, and only the last page has no next', () => {
  fc.assert(
    fc.property(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 100 }), (count, take) => {
      const all = entries(count)
      const seen: string[] = []
      for (let from: string | undefined; ; ) {
        const page = checkpointPage(all, itself, { take, ...(from === undefined ? {} : { from }) })
        seen.push(...page.entries)
        if (page.next === undefined) break
        expect(page.entries).toHaveLength(take)
        from = page.next
      }
      expect(seen).toEqual(all)
    }),
  )
})

test('the numbered pages of a list give at most the first thousand entries, up to lastPage', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1500 }), fc.integer({ min: 1, max: 100 }), (count, per_page) => {
      const all = entries(count)
      const { lastPage } = offsetPage(all, { per_page })
      const seen: string[] = []
      for (let page = 0; page <= lastPage; page++) seen.push(...offsetPage(all, { page, per_page }).entries)
      const reachable = Math.min(count, Math.floor(1000 / per_page) * per_page)
      expect(seen).toEqual(all.slice(0, reachable))
      if (count > reachable) {
        expect(() => offsetPage(all, { page: lastPage + 1, per_page })).toThrow('exceeds the allowed maximum')
      }
    }),
  )
})

describe('a page that does not exist', () => {
  test('a page number beyond the first thousand entries is refused in Auth0’s words, even for a short list', () => {
    expect(offsetPage([], { page: 9, per_page: 100 })).toMatchObject({ entries: [], start: 900, lastPage: 0 })
    for (const page of [10, 10 ** 15]) {
      expect(() => offsetPage([], { page, per_page: 100 })).toThrow(
        `Requesting page ${page} exceeds the allowed maximum of 1000 records. To fetch results beyond 1000, use the checkpoint pagination method.`,
      )
    }
  })

  test('a checkpoint that was never given, or whose entry is gone, is refused', () => {
    const { next = '' } = checkpointPage(entries(2), itself, { take: 1 })
    for (const from of ['nonsense', '%', next.slice(1)])
      expect(() => checkpointPage(entries(2), itself, { from })).toThrow(
        "The checkpoint ID provided in the 'from'",
      )
    expect(() => checkpointPage(['id 1'], itself, { from: next })).toThrow('has expired or is invalid')
  })
})

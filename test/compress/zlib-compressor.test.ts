import assert from 'node:assert'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { triedZlibCompressor, zlibCompressor } from '../../src/compress/zlib-compressor.ts'
import { deflatePresses, type Pressed, type Presses, plainPresses } from '../../src/compress/zlib-press.ts'
import { compressorContract, inputOf, packed } from '../contract/compressor.ts'

describe.each([200, 4096])('zlib, blocks of %i bytes', (blockBytes) => {
  compressorContract(zlibCompressor({ level: 1, blockBytes }), 50, 200_000)
})

describe('zlib with a new engine for each block', () => {
  compressorContract(zlibCompressor({ level: 1, blockBytes: 4096 }, plainPresses), 50, 200_000)
})

describe('engines that are used again', () => {
  async function tried(presses?: Presses) {
    const reasons: unknown[] = []
    const compress = await triedZlibCompressor(
      { level: 1, blockBytes: 4096 },
      (reason) => reasons.push(reason),
      presses,
    )
    const file = await packed(compress, [inputOf([Buffer.from('a line')])])
    expect(gunzipSync(file).toString()).toBe('a line')
    return reasons
  }

  test('engines that are used again are taken if they work when they are tried', async () => {
    expect(await tried()).toEqual([])
  })

  // As they would be if a Node put what comes out elsewhere, or reset nothing.
  const broken = (change: (pressed: Pressed) => Pressed): Presses => {
    return (level, blockBytes) => {
      const newPress = deflatePresses(level, blockBytes)
      return () => {
        const { block, press } = newPress()
        return { block, press: async (bytes) => change(await press(bytes)) }
      }
    }
  }
  test.each([
    ['throw', () => assert.fail('no engine'), 'no engine'],
    ['give too little', broken((pressed) => ({ ...pressed, bytes: pressed.bytes.subarray(1) })), ''],
  ] as const)(
    'engines that %s when they are tried are not taken, and the reason is reported',
    async (_, presses, message) => {
      const reasons = await tried(presses)
      expect(reasons).toHaveLength(1)
      expect(reasons[0]).toMatchObject({ message: expect.stringContaining(message) })
    },
  )
})

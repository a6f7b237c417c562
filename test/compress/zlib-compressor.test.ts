import { describe } from 'vitest'
import { zlibCompressor } from '../../src/compress/zlib-compressor.ts'
import { compressorContract } from '../contract/compressor.ts'

describe.each([200, 4096])('zlib, blocks of %i bytes', (blockBytes) => {
  compressorContract(zlibCompressor({ level: 1, blockBytes }), 50, 200_000)
})

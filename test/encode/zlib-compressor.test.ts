import { describe } from 'vitest'
import { zlibCompressor } from '../../src/encode/zlib-compressor.ts'
import { compressorContract } from '../contract/compressor.ts'

describe.each([200, 4096])('zlib, members of %i bytes', (memberBytes) => {
  compressorContract(zlibCompressor({ level: 1, memberBytes }), 50, 200_000)
})

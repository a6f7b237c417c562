const MIB = 1024 * 1024

/** S3 takes no part with a higher number. */
export const PARTS_MAX = 10_000

const FIRST_BYTES = 8 * MIB
const STEP_PARTS = 100
// Of the square of the step: 10,000 parts then hold 5.3 TiB. The largest object of S3 has 5 TiB, the largest part 5 GiB.
const GROWTH_BYTES = MIB / 6

/**
 * How many bytes the part of this number has, from 1 to PARTS_MAX. Parts grow, so that the file of a million users is
 * held in memory in small parts, and the largest object that S3 takes still fits into its number of parts.
 */
export function partBytes(partNumber: number): number {
  const step = Math.floor((partNumber - 1) / STEP_PARTS)
  return FIRST_BYTES + Math.ceil(GROWTH_BYTES * step * step)
}

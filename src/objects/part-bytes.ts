const MIB = 1024 * 1024

export const PARTS_MAX = 10_000

const FIRST_BYTES = 8 * MIB
// A file of tens of millions of users fits into parts of one size, so memory is allocated once.
const STEADY_PARTS = 1_000
const STEP_PARTS = 100
// Times the square of the number of steps: 10,000 parts then hold 5.3 TiB. An object of S3 has at most 5 TiB, a part 5
// GiB.
const GROWTH_BYTES = (2 * MIB) / 9

/**
 * `partNumber` is 1 to PARTS_MAX. The first parts are small, because each is held in memory. Later parts grow, so that
 * the largest object of S3 fits into PARTS_MAX.
 */
export function partBytes(partNumber: number): number {
  const steps = Math.max(0, Math.ceil((partNumber - STEADY_PARTS) / STEP_PARTS))
  return FIRST_BYTES + Math.ceil(GROWTH_BYTES * steps * steps)
}

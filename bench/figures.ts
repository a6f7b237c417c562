/** The median, because one slow run does not change it. */
export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5)
}

/** The figure below which the given share of them lies (nearest rank). */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
}

/** The median ratio of pairs: what slows both runs of a pair cancels out. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((figure, index) => figure / (theirs[index] ?? Number.NaN)))
}

export function rounded(figure: number, digits = 3): number {
  return Number(figure.toFixed(digits))
}

/** A target: the figure must be at most `must`, and should be at most `aim`. */
export interface Target {
  readonly name: string
  readonly must: number
  readonly aim: number
  readonly unit?: string
  readonly measured: number | undefined
}

export function verdictOf({ measured, must, aim }: Target): 'aim' | 'must' | 'missed' | 'not measured' {
  if (measured === undefined || Number.isNaN(measured)) return 'not measured'
  if (measured <= aim) return 'aim'
  return measured <= must ? 'must' : 'missed'
}

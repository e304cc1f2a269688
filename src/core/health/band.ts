/** What a score means to people. */
export type Band = 'excellent' | 'good' | 'fair' | 'poor' | 'critical'

/** How a score moves. */
export type Trend = 'improving' | 'steady' | 'worsening'

/** The bands, best first, and the lowest score of each. */
const bands: readonly (readonly [band: Band, from: number])[] = [
  ['excellent', 80],
  ['good', 60],
  ['fair', 40],
  ['poor', 20],
  ['critical', 0],
]

/** A band is left only when the score is this far beyond its border: one that wavers at a border would report a change at every probe. */
const HYSTERESIS = 5
/** A score this far from its own average of late is moving. */
const TREND = 5

/**
 * The band of `score`, when it was `before`:
 *
 *     critical ──25──▶ poor ──45──▶ fair ──65──▶ good ──85──▶ excellent
 *              ◀──15──      ◀──35──      ◀──55──      ◀──75──
 *
 * A score that moves far crosses several at once. Without a band before, the borders are 20, 40, 60 and 80.
 */
export function bandOf(score: number, before: Band | undefined): Band {
  if (before === undefined) return plainBand(score)
  const up = plainBand(score - HYSTERESIS)
  if (rank(up) < rank(before)) return up
  const down = plainBand(score + HYSTERESIS)
  return rank(down) > rank(before) ? down : before
}

/** Whether a link of this band is a reason to look for another one: below `fair`. */
export function isPoor(band: Band | undefined): boolean {
  return band === 'poor' || band === 'critical'
}

export function trendOf(score: number, averageScore: number): Trend {
  if (score > averageScore + TREND) return 'improving'
  return score < averageScore - TREND ? 'worsening' : 'steady'
}

function plainBand(score: number): Band {
  return bands.find(([, from]) => score >= from)?.[0] ?? 'critical'
}

function rank(band: Band): number {
  return bands.findIndex(([name]) => name === band)
}

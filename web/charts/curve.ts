import type { Sample } from '../model/samples.ts'

/** A time during which a peer was away; `toMs` is null while it lasts. */
export interface Away {
  readonly fromMs: number
  readonly toMs: number | null
}

/** Places of a curve as uPlot takes them: seconds, and values of which null breaks the line. */
export interface Curve {
  readonly xs: number[]
  readonly ys: (number | null)[]
}

/** A good link at rest is probed every two minutes, give or take a fifth, and the daemon's history counts in steps of 30 s. */
const GAP_MS_MAX = 180_000

/** The curve of what was measured. Where nothing was for longer than that, or the peer was away, it has a gap: nothing is known of the time between. */
export function curve(
  samples: readonly Sample[],
  value: (sample: Sample) => number | null,
  aways: readonly Away[],
): Curve {
  const xs: number[] = []
  const ys: (number | null)[] = []
  let beforeMs: number | undefined
  for (const sample of samples) {
    const { atMs } = sample
    if (beforeMs !== undefined && isGap(beforeMs, atMs, aways)) {
      xs.push((beforeMs + atMs) / 2_000)
      ys.push(null)
    }
    xs.push(atMs / 1_000)
    ys.push(value(sample))
    beforeMs = atMs
  }
  return { xs, ys }
}

function isGap(beforeMs: number, atMs: number, aways: readonly Away[]): boolean {
  if (atMs - beforeMs > GAP_MS_MAX) return true
  return aways.some(({ fromMs }) => fromMs >= beforeMs && fromMs < atMs)
}

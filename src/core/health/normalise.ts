// From measurements to one number. The bounds say where better, or worse, makes no difference any more to what people and programs do with a link:
// below 50 ms nobody notices, above a second every exchange is a wait; TCP turns the loss of packets into jitter, so missed probes are rare, and a quarter
// of them is a link that hardly works. Between the bounds all are linear, so that a score can be checked by hand.

const LATENCY_MS_BEST = 50
const LATENCY_MS_WORST = 1_000
const JITTER_MS_BEST = 5
const JITTER_MS_WORST = 200
/** Share of probes. */
const LOSS_WORST = 0.25

/** The parts of a score, each from 0, worst, to 1, best. */
export interface ScoreParts {
  readonly latency: number
  readonly jitter: number
  readonly loss: number
}

export function normaliseLatency(roundTripMs: number): number {
  return normalise(roundTripMs, LATENCY_MS_BEST, LATENCY_MS_WORST)
}

export function normaliseJitter(differenceMs: number): number {
  return normalise(differenceMs, JITTER_MS_BEST, JITTER_MS_WORST)
}

export function normaliseLoss(loss: number): number {
  return normalise(loss, 0, LOSS_WORST)
}

/** From 0 to 100. */
export function scoreOf({ latency, jitter, loss }: ScoreParts): number {
  return 100 * (0.5 * latency + 0.3 * jitter + 0.2 * loss)
}

function normalise(value: number, best: number, worst: number): number {
  return Math.min(1, Math.max(0, (worst - value) / (worst - best)))
}

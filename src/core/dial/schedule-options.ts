/** When a peer is dialed again. Times in milliseconds. */
export interface DialScheduleOptions {
  /** The first wait; each further one is `factor` times as long. Default 1 s; from 100 ms to `waitMsMax`. */
  readonly firstWaitMs: number
  /** Default 1.5, nine attempts in the first minute; 4 gives attempts after 0, 1, 4, 16, 60 s. From 1 to 10. */
  readonly factor: number
  /** The longest wait. Default 60 s; at most an hour. */
  readonly waitMsMax: number
  /** Each wait is drawn anew from 1 − jitter to 1 + jitter. Default 0.2; from 0 to 0.5. */
  readonly jitter: number
  /** A connection that held this long starts the schedule anew. Default 10 s; at most an hour. */
  readonly stableMs: number
}

export const defaultDialSchedule: DialScheduleOptions = {
  firstWaitMs: 1_000,
  factor: 1.5,
  waitMsMax: 60_000,
  jitter: 0.2,
  stableMs: 10_000,
}

/** Nodes of a network are started together, but seldom within a moment: those that are not there yet are tried again soon. Eight attempts in the first minute. */
export const clusterDialSchedule: DialScheduleOptions = { ...defaultDialSchedule, firstWaitMs: 250, factor: 2 }

const HOUR_MS = 3_600_000

/** From which to which value; the first wait has its end at the longest. */
const ranges: Readonly<Record<keyof DialScheduleOptions, readonly [least: number, most: number]>> = {
  firstWaitMs: [100, HOUR_MS],
  factor: [1, 10],
  waitMsMax: [100, HOUR_MS],
  jitter: [0, 0.5],
  stableMs: [0, HOUR_MS],
}

/** The options with the defaults for what is left out. Throws `RangeError` on a value that is out of its range, or is no number. */
export function resolveDialSchedule(
  options: { readonly [name in keyof DialScheduleOptions]?: number | undefined } = {},
): DialScheduleOptions {
  const resolved = { ...defaultDialSchedule }
  for (const [name, [least, most]] of Object.entries(ranges) as [
    keyof DialScheduleOptions,
    readonly [number, number],
  ][]) {
    const value = options[name]
    if (value === undefined) continue
    if (!(value >= least && value <= most))
      throw new RangeError(`reconnect.${name} must be from ${least} to ${most}, but is ${value}`)
    resolved[name] = value
  }
  const { firstWaitMs, waitMsMax } = resolved
  if (firstWaitMs > waitMsMax) {
    throw new RangeError(
      `reconnect.firstWaitMs must not be longer than waitMsMax, but is ${firstWaitMs} of ${waitMsMax}`,
    )
  }
  return resolved
}

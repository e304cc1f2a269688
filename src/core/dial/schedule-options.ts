import { type GivenOptions, number, type OptionsOf, resolveOptions } from '../options.ts'

const wait = { least: 100, most: 3_600_000, unit: 'milliseconds' } as const

/** When a peer is dialed again. */
export const dialScheduleOptions = {
  /**
   * The wait after the first attempt to reach a peer again, which is made at once. Default: 1,000; from 100 to
   * 3,600,000 ms.
   */
  firstWaitMs: number({
    default: 1_000,
    ...wait,
    text: 'The wait after the first attempt to reach a peer again, which is made at once.',
  }),
  /** Each further wait is so many times the one before. Default: 1.5; from 1 to 10. */
  factor: number({ default: 1.5, least: 1, most: 10, text: 'Each further wait is so many times the one before.' }),
  /**
   * The longest wait between two attempts. A peer that stays away is tried at this interval for ever. Default: 60,000;
   * from 100 to 3,600,000 ms.
   */
  waitMsMax: number({
    default: 60_000,
    ...wait,
    text: 'The longest wait between two attempts. A peer that stays away is tried at this interval for ever.',
  }),
  /**
   * Each wait is drawn anew from 1 − jitter to 1 + jitter, so that many nodes do not dial in step. Default: 0.2; from 0
   * to 0.5.
   */
  jitter: number({
    default: 0.2,
    least: 0,
    most: 0.5,
    text: 'Each wait is drawn anew from 1 − jitter to 1 + jitter, so that many nodes do not dial in step.',
  }),
  /** A connection that held so long starts the waits anew. Default: 10,000; from 0 to 3,600,000 ms. */
  stableMs: number({
    ...wait,
    default: 10_000,
    least: 0,
    text: 'A connection that held so long starts the waits anew.',
  }),
}

/** When a peer is dialed again. Times in milliseconds. */
export type DialScheduleOptions = OptionsOf<typeof dialScheduleOptions>

/** The first minute has nine attempts; with `factor` 4 they are after 0, 1, 4, 16 and 60 s. */
export const defaultDialSchedule: DialScheduleOptions = resolveOptions(dialScheduleOptions)

/** Nodes of a network are started together, but seldom within a moment: those that are not there yet are tried again soon. Eight attempts in the first minute. */
export const clusterDialSchedule: DialScheduleOptions = { ...defaultDialSchedule, firstWaitMs: 250, factor: 2 }

/** The options with the defaults for what is left out. Throws `RangeError` on a value that is out of its range, or is no number. */
export function resolveDialSchedule(options: GivenOptions<typeof dialScheduleOptions> = {}): DialScheduleOptions {
  const resolved = resolveOptions(dialScheduleOptions, options, 'reconnect.')
  const { firstWaitMs, waitMsMax } = resolved
  if (firstWaitMs > waitMsMax) {
    throw new RangeError(
      `reconnect.firstWaitMs must not be longer than waitMsMax, but is ${firstWaitMs} of ${waitMsMax}`,
    )
  }
  return resolved
}

import { number, type OptionsOf, oneOf, resolveOptions, toggle, whole } from '../options.ts'

const time = { least: 1_000, most: 86_400_000, unit: 'milliseconds' } as const
const count = { least: 1, most: 100 }

/** How an idle link is kept alive and watched, by the mode. */
export const keepAliveOptions = {
  adaptive: {
    /**
     * The shortest time between pings of an idle link, for the worst ones. Default: 5,000; from 1,000 to 86,400,000 ms.
     */
    intervalMsMin: number({
      ...time,
      default: 5_000,
      text: 'The shortest time between pings of an idle link, for the worst ones.',
    }),
    /**
     * The longest time between pings of an idle link, for the best ones. Default: 120,000; from 1,000 to 86,400,000 ms.
     */
    intervalMsMax: number({
      ...time,
      default: 120_000,
      text: 'The longest time between pings of an idle link, for the best ones.',
    }),
  },
  fixed: {
    /** The time between pings, where the mode is `fixed`. Default: 60,000; from 1,000 to 86,400,000 ms. */
    intervalMs: number({ ...time, default: 60_000, text: 'The time between pings, where the mode is `fixed`.' }),
    /** How long an answer may take, where the mode is `fixed`. Default: 10,000; from 1,000 to 86,400,000 ms. */
    timeoutMs: number({ ...time, default: 10_000, text: 'How long an answer may take, where the mode is `fixed`.' }),
    /**
     * So many pings in a row without a sign of life, and the link is lost, where the mode is `fixed`. Default: 3; a
     * whole number from 1 to 100.
     */
    failures: whole({
      ...count,
      default: 3,
      text: 'So many pings in a row without a sign of life, and the link is lost, where the mode is `fixed`.',
    }),
  },
  tcp: {
    /**
     * The silence after which the system asks the other end for the first time, where the mode is `tcp`. Default:
     * 30,000; from 1,000 to 86,400,000 ms.
     */
    idleMs: number({
      ...time,
      default: 30_000,
      text: 'The silence after which the system asks the other end for the first time, where the mode is `tcp`.',
    }),
    /** The time between the system’s probes, where the mode is `tcp`. Default: 10,000; from 1,000 to 86,400,000 ms. */
    intervalMs: number({
      ...time,
      default: 10_000,
      text: 'The time between the system’s probes, where the mode is `tcp`.',
    }),
    /**
     * So many unanswered probes end the connection, where the mode is `tcp`. Default: 3; a whole number from 1 to 100.
     */
    probes: whole({
      ...count,
      default: 3,
      text: 'So many unanswered probes end the connection, where the mode is `tcp`.',
    }),
    /**
     * Whether links that carry data are pinged, where the mode is `tcp`. With `false` this node never pings; what it
     * then cannot do is in docs/health.md. Default: `true`.
     */
    pingsUnderLoad: toggle({
      default: true,
      text: 'Whether links that carry data are pinged, where the mode is `tcp`. With `false` this node never pings; what it then cannot do is in [health.md](health.md#no-pings-at-all).',
    }),
  },
}

type Tables = typeof keepAliveOptions

/**
 * How an idle link is kept alive and watched. Times in milliseconds, each between one second and one day.
 * - `adaptive`: pings by the link's score, rarer the better it is.
 * - `fixed`: pings at one interval; so many in a row without a sign of life, and the link is lost.
 * - `tcp`: no pings at rest; the system's own keep-alive alone. Systems count in whole seconds.
 */
export type KeepAlive = {
  [Mode in keyof Tables]: { readonly mode: Mode } & Partial<OptionsOf<Tables[Mode]>>
}[keyof Tables]

/** The same with every default filled in. */
export type ResolvedKeepAlive = {
  [Mode in KeepAlive['mode']]: Required<Extract<KeepAlive, { mode: Mode }>>
}[KeepAlive['mode']]

/** What the system is asked to do about a connection. */
export interface KernelKeepAlive {
  /** Silence after which it asks the other end for the first time. */
  readonly idleMs: number
  readonly intervalMs: number
  /** Unanswered questions that end the connection. */
  readonly probes: number
}

/** Under pings: what is silent for 41 s (measured) on a direct connection is gone. */
const KERNEL_DEFAULT: KernelKeepAlive = { idleMs: 30_000, intervalMs: 1_000, probes: 10 }
/** An idle link without a score is pinged like one that is good, not excellent. */
const NEUTRAL_SCORE = 60

/** Milliseconds between pings of an idle link, by the lowest score for which they are right. */
const intervals: readonly (readonly [score: number, intervalMs: number])[] = [
  [80, 120_000],
  [60, 60_000],
  [40, 30_000],
  [20, 15_000],
  [0, 5_000],
]

/** Fills in the defaults. Throws `RangeError`, with a message for whoever chose the options, if one of them is out of its range. */
export function resolveKeepAlive(options: KeepAlive): ResolvedKeepAlive {
  switch (options.mode) {
    case 'adaptive': {
      const { mode, intervalMsMin: least, intervalMsMax: most } = options
      const defaults = resolveOptions(keepAliveOptions.adaptive, options, 'keepAlive.')
      // A bound that is left out makes room for the other one.
      const intervalMsMin = least ?? Math.min(defaults.intervalMsMin, defaults.intervalMsMax)
      const intervalMsMax = most ?? Math.max(defaults.intervalMsMax, intervalMsMin)
      if (intervalMsMin > intervalMsMax)
        throw new RangeError(
          `keepAlive.intervalMsMin is ${intervalMsMin} and intervalMsMax ${intervalMsMax}; the first must not be the larger one`,
        )
      return { mode, intervalMsMin, intervalMsMax }
    }
    case 'fixed':
      return { mode: 'fixed', ...resolveOptions(keepAliveOptions.fixed, options, 'keepAlive.') }
    case 'tcp':
      return { mode: 'tcp', ...resolveOptions(keepAliveOptions.tcp, options, 'keepAlive.') }
    default: {
      const { mode } = options as { mode: unknown }
      throw new RangeError(
        `keepAlive.mode must be ${oneOf(Object.keys(keepAliveOptions))}, not ${JSON.stringify(mode)}`,
      )
    }
  }
}

/** How long an idle link goes without a ping, before jitter; Infinity for ever. A score that is not known yet is undefined. */
export function pingIntervalMs(keepAlive: ResolvedKeepAlive, score: number | undefined): number {
  switch (keepAlive.mode) {
    case 'adaptive': {
      const known = score ?? NEUTRAL_SCORE
      const wantedMs = intervals.find(([from]) => known >= from)?.[1] ?? keepAlive.intervalMsMin
      return Math.min(Math.max(wantedMs, keepAlive.intervalMsMin), keepAlive.intervalMsMax)
    }
    case 'fixed':
      return keepAlive.intervalMs
    case 'tcp':
      return Infinity
  }
}

/** Whether this side pings at all. */
export function sendsPings(keepAlive: ResolvedKeepAlive): boolean {
  return keepAlive.mode !== 'tcp' || keepAlive.pingsUnderLoad
}

/** What `Channel.keepAlive` is to be called with. */
export function kernelKeepAlive(keepAlive: ResolvedKeepAlive): KernelKeepAlive {
  if (keepAlive.mode !== 'tcp') return KERNEL_DEFAULT
  const { idleMs, intervalMs, probes } = keepAlive
  return { idleMs, intervalMs, probes }
}

/** How an idle link is kept alive and watched. Times in milliseconds, each between one second and one day. */
export type KeepAlive =
  /** Pings by the link's score, rarer the better it is. */
  | {
      readonly mode: 'adaptive'
      /** Default 5 s, or `intervalMsMax` if that is less. */
      readonly intervalMsMin?: number
      /** Default 120 s, or `intervalMsMin` if that is more. */
      readonly intervalMsMax?: number
    }
  /** Pings at one interval; so many in a row without a sign of life, and the link is lost. */
  | {
      readonly mode: 'fixed'
      /** Default 60 s. */
      readonly intervalMs?: number
      /** Default 10 s. */
      readonly timeoutMs?: number
      /** Default 3; 1 to 100. */
      readonly failures?: number
    }
  /** No pings at rest; the system's own keep-alive alone. Systems count in whole seconds. */
  | {
      readonly mode: 'tcp'
      /** Default 30 s. */
      readonly idleMs?: number
      /** Default 10 s. */
      readonly intervalMs?: number
      /** Default 3; 1 to 100. */
      readonly probes?: number
      /** Whether a link that carries data is pinged, as in the other modes. With `false` no ping ever goes out from this side. Default true. */
      readonly pingsUnderLoad?: boolean
    }

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
const DURATION_MS_MIN = 1_000
const DURATION_MS_MAX = 86_400_000
const COUNT_MAX = 100
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
  const { mode } = options
  switch (mode) {
    case 'adaptive': {
      const { intervalMsMin: least, intervalMsMax: most } = options
      const intervalMsMin = duration(
        'intervalMsMin',
        least ?? Math.min(5_000, duration('intervalMsMax', most ?? 5_000)),
      )
      const intervalMsMax = duration('intervalMsMax', most ?? Math.max(120_000, intervalMsMin))
      if (intervalMsMin > intervalMsMax)
        throw new RangeError(
          `keepAlive.intervalMsMin is ${intervalMsMin} and intervalMsMax ${intervalMsMax}; the first must not be the larger one`,
        )
      return { mode, intervalMsMin, intervalMsMax }
    }
    case 'fixed':
      return {
        mode,
        intervalMs: duration('intervalMs', options.intervalMs ?? 60_000),
        timeoutMs: duration('timeoutMs', options.timeoutMs ?? 10_000),
        failures: count('failures', options.failures ?? 3),
      }
    case 'tcp':
      return {
        mode,
        idleMs: duration('idleMs', options.idleMs ?? 30_000),
        intervalMs: duration('intervalMs', options.intervalMs ?? 10_000),
        probes: count('probes', options.probes ?? 3),
        pingsUnderLoad: boolean('pingsUnderLoad', options.pingsUnderLoad ?? true),
      }
    default:
      throw new RangeError(`keepAlive.mode must be "adaptive", "fixed" or "tcp", not ${JSON.stringify(mode)}`)
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

function duration(name: string, ms: number): number {
  if (ms >= DURATION_MS_MIN && ms <= DURATION_MS_MAX) return ms
  throw new RangeError(
    `keepAlive.${name} must be from ${DURATION_MS_MIN} to ${DURATION_MS_MAX} milliseconds, not ${ms}`,
  )
}

function count(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= COUNT_MAX) return value
  throw new RangeError(`keepAlive.${name} must be a whole number from 1 to ${COUNT_MAX}, not ${value}`)
}

function boolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new RangeError(`keepAlive.${name} must be true or false, not ${JSON.stringify(value)}`)
}

import type { KeepAlive } from '../health/keep-alive.ts'
import { defaultLivenessLimits, type LivenessLimits } from '../health/liveness-limits.ts'
import { choice, number, type OptionsOf, resolveOptions, whole } from '../options.ts'
import type { TokenBucketOptions } from '../token-bucket.ts'

/** The bounds of one session that are settings of the daemon, too. */
export const sessionOptions = {
  /**
   * Links of one kind that this side keeps beside each other, if it dialed them. Default: 1; a whole number from 1 to
   * 8.
   */
  linksWanted: whole({
    default: 1,
    least: 1,
    most: 8,
    text: 'Links of one kind that this side keeps beside each other, if it dialed them.',
  }),
  /**
   * What several links are for: one carries everything and the others stand by, or each carries some of the streams.
   * Each side chooses for what it sends. Default: `'failover'`.
   */
  multipath: choice<'failover' | 'aggregate'>({
    choices: ['failover', 'aggregate'],
    default: 'failover',
    text: 'What several links are for: one carries everything and the others stand by, or each carries some of the streams. Each side chooses for what it sends.',
  }),
  /**
   * How long a session is kept without a link, so that its streams can go on. Default: 3,600,000; from 1 to
   * 31,536,000,000 ms.
   */
  retentionMs: number({
    default: 3_600_000,
    least: 1,
    most: 365 * 86_400_000,
    unit: 'milliseconds',
    text: 'How long a session is kept without a link, so that its streams can go on.',
  }),
}

/** The bounds of one session. All are options of the node; what both sides must agree on stands in frame/constants.ts. */
export interface SessionLimits extends OptionsOf<typeof sessionOptions> {
  /** Unacknowledged bytes, each frame counting its overhead, at first. Default 8 MiB. */
  readonly unacknowledgedBytes: number
  /** To what that grows with rate × round trip. Default 64 MiB. */
  readonly unacknowledgedBytesMax: number
  /** To what a stream's receive window grows. Default 8 MiB. */
  readonly streamWindowBytesMax: number
  /** To what the session's receive window grows. Default 32 MiB. */
  readonly sessionWindowBytesMax: number
  /** Streams that the peer may have open at a time. Default 1,024, which is also the least. */
  readonly streamsMax: number
  readonly liveness: LivenessLimits
  /** How idle links are kept alive and watched, until `Liveness.setKeepAlive` says otherwise. Default adaptive. */
  readonly keepAlive: KeepAlive
}

export const defaultSessionLimits: SessionLimits = {
  unacknowledgedBytes: 8 * 1024 * 1024,
  unacknowledgedBytesMax: 64 * 1024 * 1024,
  streamWindowBytesMax: 8 * 1024 * 1024,
  sessionWindowBytesMax: 32 * 1024 * 1024,
  streamsMax: 1_024,
  ...resolveOptions(sessionOptions),
  liveness: defaultLivenessLimits,
  keepAlive: { mode: 'adaptive' },
}

/**
 * Streams that a peer opens and cancels before they are answered: they take no place among its streams, and the application's work on them is for nothing
 * ("rapid reset", CVE-2023-44487). As in nghttp2.
 */
export const CANCELLED_STREAM_ALLOWANCE: TokenBucketOptions = { atOnce: 1_000, perSecond: 33 }

/** What a retained frame costs beside its bytes. */
export const FRAME_OVERHEAD_BYTES = 256
/** DATA stops at this share of the unacknowledged limit; the rest is for windows and ends. */
export const DATA_SHARE = 0.75

export const ACKNOWLEDGE_AFTER_BYTES = 256 * 1024
export const ACKNOWLEDGE_AFTER_FRAMES = 1_024
export const ACKNOWLEDGE_AFTER_MS = 25
/**
 * After a FIN or RESET, whose sender waits for it; not at once, so that it can go with what the application answers. And where a gap opens or
 * closes: two busy links do that with every other frame.
 */
export const ACKNOWLEDGE_SOON_AFTER_MS = 1

/** A link may always have this much in flight, however slow it seems. */
export const LINK_IN_FLIGHT_BYTES_MIN = 64 * 1024
/** Until a rate is known, and while it is below `SLOW_LINK_BYTES_PER_S`, frames are small: a frame counts only when it is whole. */
export const SMALL_PAYLOAD_BYTES = 16 * 1024
export const SLOW_LINK_BYTES_PER_S = 1_000_000

/** Memory that all sessions of a node share for what they grow beyond their first limits. */
export class MemoryBudget {
  #freeBytes: number

  constructor(bytes: number) {
    this.#freeBytes = bytes
  }

  get freeBytes(): number {
    return this.#freeBytes
  }

  /** Takes all of `bytes` or nothing. */
  take(bytes: number): boolean {
    if (bytes > this.#freeBytes) return false
    this.#freeBytes -= bytes
    return true
  }

  give(bytes: number): void {
    this.#freeBytes += bytes
  }
}

import type { Band, Trend } from './band.ts'
import type { HealthEntry, HealthHistory } from './history.ts'
import type { LinkHealth } from './link-health.ts'
import type { LossLog } from './loss-log.ts'

/** How well a peer can be reached: its best link, and what the last hour was like. */
export interface PeerHealth {
  /** From 0 to 100. Undefined without a link, and before the first probe of one: whether there is a link is the state's to say. */
  readonly score: number | undefined
  readonly band: Band | undefined
  readonly trend: Trend
  readonly roundTripMs: number | undefined
  readonly jitterMs: number | undefined
  /** Share of the last probes without an answer in time, from 0 to 1. */
  readonly loss: number | undefined
  /** Share of the probes and dials of the last hour that succeeded, from 0 to 1; undefined if there were none. */
  readonly deliverySuccess: number | undefined
  /** How often the last link was lost in the last hour. */
  readonly lossesLastHour: number
  /** When the link that these figures are of last answered a probe, or without a link the last one that there was, in milliseconds since 1970; undefined before the first answer. */
  readonly lastCheckMs: number | undefined
  /** When a probe was last answered or missed, in milliseconds since 1970; undefined before the first one since the start. */
  readonly lastProbeMs: number | undefined
  /** Oldest first, at most 120 entries of 30 s. */
  readonly history: readonly HealthEntry[]
}

/** A peer is as healthy as its best link, since that one carries its frames. */
export function peerHealth(
  links: readonly LinkHealth[],
  losses: LossLog,
  history: HealthHistory,
  nowMs: number,
  { lastProbeMs, lastCheckMs }: Pick<PeerHealth, 'lastProbeMs' | 'lastCheckMs'>,
): PeerHealth {
  const best = bestLink(links)
  return {
    score: best?.score(),
    band: best?.band,
    trend: best?.trend ?? 'steady',
    roundTripMs: best?.roundTripMs,
    jitterMs: best?.jitterMs,
    loss: best?.loss,
    deliverySuccess: losses.deliverySuccess(nowMs),
    lossesLastHour: losses.lossesLastHour(nowMs),
    lastCheckMs,
    lastProbeMs,
    history: history.entries(nowMs),
  }
}

/** The link with the highest score; one that is not known goes behind all others, but for the suspect ones. */
export function bestLink(links: readonly LinkHealth[]): LinkHealth | undefined {
  let best: LinkHealth | undefined
  for (const link of links) {
    if (best === undefined || rating(link) > rating(best)) best = link
  }
  return best
}

function rating(link: LinkHealth): number {
  return link.score() ?? 0.5
}

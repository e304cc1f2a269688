import type { Greeting } from '../../core/frame/frames.ts'
import { HealthHistory } from '../../core/health/history.ts'
import type { LinkHealth } from '../../core/health/link-health.ts'
import { LossLog } from '../../core/health/loss-log.ts'
import { bestLink, type PeerHealth, peerHealth } from '../../core/health/peer-health.ts'
import type { Session } from '../../core/session/session.ts'
import { visible } from '../../core/visible.ts'
import type { LinkInfo, PeerCounts, PeerSaid } from '../api.ts'
import type { Link } from '../link/link.ts'

/** What this run of the node has seen of one peer: how its probes and dials went, what its links carried, and what it said of itself. */
export class PeerStatistics {
  readonly #losses = new LossLog()
  readonly #history = new HealthHistory()
  #lastProbeMs: number | undefined
  #said: PeerSaid | undefined
  /** The first of the addresses that it announced last. */
  #announced: string | undefined
  /** Of links that are gone. */
  #bytesSent = 0
  #bytesReceived = 0
  #dialAttempts = 0
  #lastSeenMs: number | undefined
  #lastCheckMs: number | undefined

  /** When the last byte came from it, on the link that was lost last or on an earlier one. */
  get lastSeenMs(): number | undefined {
    return this.#lastSeenMs
  }

  get said(): PeerSaid | undefined {
    return this.#said
  }

  get announced(): string | undefined {
    return this.#announced
  }

  health(links: readonly Link[], wallMs: number): PeerHealth {
    const measured = links.flatMap(({ sessionLink }) => sessionLink?.health ?? [])
    const best = bestLink(measured)
    const link = links.find(({ sessionLink }) => sessionLink?.health === best)
    const lastCheckMs = link === undefined ? this.#lastCheckMs : link.checkedAtMs
    return peerHealth(measured, this.#losses, this.#history, wallMs, { lastCheckMs, lastProbeMs: this.#lastProbeMs })
  }

  counts(links: readonly LinkInfo[], openStreams: number): PeerCounts {
    let bytesSent = this.#bytesSent
    let bytesReceived = this.#bytesReceived
    for (const link of links) {
      bytesSent += link.bytesSent
      bytesReceived += link.bytesReceived
    }
    return { bytesSent, bytesReceived, openStreams, dialAttempts: this.#dialAttempts }
  }

  /** A link is attached, and this was said on it. */
  greeted({ minor, features, observed, addresses }: Greeting): void {
    this.#announced = addresses[0]
    // Whoever was dialed does not say where it sees the dialer to be seen; what was said before still holds then.
    this.#said = {
      minor,
      features,
      observedAddress: observed === undefined ? this.#said?.observedAddress : visible(observed),
    }
  }

  dialStarted(): void {
    this.#dialAttempts++
  }

  dialEnded(outcome: 'reached' | 'failed', wallMs: number): void {
    if (outcome === 'reached') this.#losses.succeeded(wallMs)
    else this.#losses.failed(wallMs)
  }

  linkLost({ bytesSent, bytesReceived, lastSeenMs, lastCheckMs }: LinkInfo): void {
    this.#bytesSent += bytesSent
    this.#bytesReceived += bytesReceived
    this.#lastSeenMs = Math.max(this.#lastSeenMs ?? 0, lastSeenMs)
    this.#lastCheckMs = lastCheckMs ?? this.#lastCheckMs
  }

  /** The last link is lost. */
  lost(wallMs: number): void {
    this.#losses.lost(wallMs)
  }

  /** A ping on one of the links was answered, or was not. */
  probed(answered: boolean, session: Session | undefined, wallMs: number): void {
    this.#lastProbeMs = wallMs
    if (answered) this.#losses.succeeded(wallMs)
    else this.#losses.failed(wallMs)
    const best = bestLink(linksOf(session))
    const { roundTripMs, jitterMs, loss } = best ?? {}
    const score = best?.score()
    if (score === undefined || jitterMs === undefined || loss === undefined) return
    this.#history.record({ score, roundTripMs, jitterMs, loss }, wallMs)
  }
}

function linksOf(session: Session | undefined): LinkHealth[] {
  return session?.links.map(({ health }) => health) ?? []
}

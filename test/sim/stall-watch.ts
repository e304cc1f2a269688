import type { LossReason } from '../../src/core/peer/reasons.ts'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { LinkInfo, Peer } from '../../src/node/api.ts'
import type { Report } from './oracle.ts'

export interface StallWatchOptions {
  readonly now: () => number
  readonly report: Report
  /** When the last PING left on a link like this. */
  readonly pingedMs: (link: LinkInfo) => number
}

/** By then three probes have been due since; on a link whose buffers are full none of them leaves. */
const PROBED_MS = 3_000

interface Loss {
  readonly peer: PeerId
  readonly link: LinkInfo
  readonly reason: LossReason
}

/** A process that was stopped may blame nobody for the silence: what it takes for lost, it has probed since. */
export class StallWatch {
  readonly #options: StallWatchOptions
  #resumedMs: number | undefined
  /** Links that were suspect already when the process was stopped: those had been probed before. */
  #suspects: ReadonlySet<number> = new Set()
  /** Losses of this moment. */
  #losses: Loss[] = []
  readonly #replaced = new Set<PeerId>()

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  /** The process is stopped. */
  paused(peers: readonly Peer[]): void {
    const suspects = peers.flatMap(({ links }) => links.filter(({ state }) => state === 'suspect'))
    this.#suspects = new Set(suspects.map(({ id }) => id))
  }

  /** The process is continued. */
  resumed(): void {
    this.#resumedMs = this.#options.now()
  }

  linkUp(peer: PeerId): void {
    this.#replaced.add(peer)
  }

  linkLost(peer: PeerId, link: LinkInfo, reason: LossReason): void {
    if (reason === 'no-answer' || reason === 'acknowledgement-stalled') this.#losses.push({ peer, link, reason })
  }

  /** Everything of this moment has happened. */
  settled(): void {
    if (this.#losses.length === 0 && this.#replaced.size === 0) return
    for (const { peer, link, reason } of this.#losses) {
      // A link that gives way to a new one is not declared lost: nothing was given up.
      if (this.#resumedMs === undefined || this.#replaced.has(peer) || this.#suspects.has(link.id)) continue
      const sinceMs = this.#options.now() - this.#resumedMs
      if (sinceMs < PROBED_MS && this.#options.pingedMs(link) < this.#resumedMs) {
        this.#options.report(
          `its link ${link.direction} ${link.address} was lost (${reason}) ${sinceMs} ms after a pause, and not probed since`,
        )
      }
    }
    this.#losses = []
    this.#replaced.clear()
  }
}

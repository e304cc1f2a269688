import type { LossReason } from '../../src/core/peer/peer-machine.ts'
import type { LinkInfo, Peer } from '../../src/node/api.ts'
import type { Report } from './oracle.ts'

export interface StallWatchOptions {
  readonly now: () => number
  readonly report: Report
  /** When the last PING left on a link like this. */
  readonly pingedMs: (link: LinkInfo) => number
}

interface Loss {
  readonly peer: Peer
  readonly link: LinkInfo
  readonly reason: LossReason
}

/** A process that was stopped may blame nobody for the silence: what it takes for lost, it has probed since. */
export class StallWatch {
  readonly #options: StallWatchOptions
  #resumedMs: number | undefined
  /** Losses of this moment. */
  #losses: Loss[] = []
  #replaced = new Set<Peer>()

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  /** The process is continued. */
  resumed(): void {
    this.#resumedMs = this.#options.now()
  }

  linkUp(peer: Peer): void {
    this.#replaced.add(peer)
  }

  linkLost(peer: Peer, link: LinkInfo, reason: LossReason): void {
    if (reason === 'no-answer' || reason === 'acknowledgement-stalled') this.#losses.push({ peer, link, reason })
  }

  /** Everything of this moment has happened. */
  settled(): void {
    if (this.#losses.length === 0 && this.#replaced.size === 0) return
    for (const { peer, link, reason } of this.#losses) {
      // A link that gives way to a new one is not declared lost: nothing was given up.
      if (this.#resumedMs === undefined || this.#replaced.has(peer)) continue
      if (this.#options.pingedMs(link) < this.#resumedMs) {
        const sinceMs = this.#options.now() - this.#resumedMs
        this.#options.report(
          `its link ${link.direction} ${link.address} to ${peer.name} was lost (${reason}) ${sinceMs} ms after a pause, and not probed since`,
        )
      }
    }
    this.#losses = []
    this.#replaced.clear()
  }
}

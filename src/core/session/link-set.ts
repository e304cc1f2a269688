import { encodeClose } from '../frame/encode.ts'
import { SessionLink, type SessionLinkOptions } from './link.ts'
import { preferredLink } from './link-choice.ts'
import { redundantLinks } from './redundancy.ts'
import type { Sender } from './sender.ts'
import type { LinkLoss, SessionOptions } from './session.ts'

/**
 * The links of a session, what becomes of each, and which of them carries frames. A link in here:
 *
 *              attach            nothing acknowledged for 2 PTO, and
 *     (dialed) ──────▶ healthy ─────────────────────────────────────▶ hedged       its frames went to another link as well
 *                       │   ▲       another link is healthy             │ │
 *                       │   └──────────── acknowledgement ──────────────┘ │
 *                 silent for 3 PTO, 0.6 to 3 s                            │
 *                       ▼                                                 │
 *                     suspect ◀───────────────────────────────────────────┘
 *                       │       any byte makes it healthy again
 *                       ▼
 *                     lost      15 s of silence; or another is attached
 *
 * From every state it is lost when its channel breaks, the other side holds it no more, or it is closed as a duplicate.
 */
export class LinkSet {
  readonly #options: SessionOptions
  readonly #sender: Sender
  /** Replaced when it changes, never changed in place. */
  #links: readonly SessionLink[] = []
  #active: SessionLink | undefined
  /** Counts what happens to links. */
  #order = 0
  /** Where bytes came from last. */
  #heardLast: SessionLink | undefined
  #emptySinceMs: number | undefined

  constructor(options: SessionOptions, sender: Sender, nowMs: number) {
    this.#options = options
    this.#sender = sender
    this.#emptySinceMs = nowMs
  }

  get all(): readonly SessionLink[] {
    return this.#links
  }

  /** The link that carries frames now. */
  get active(): SessionLink | undefined {
    return this.#active
  }

  /** Acknowledgements go where frames come from: that link works, whatever the other side takes for its active one. */
  get acknowledging(): SessionLink | undefined {
    return this.#heardLast === undefined || this.#heardLast.gone ? this.#active : this.#heardLast
  }

  /** Since when there has been none. */
  get emptySinceMs(): number | undefined {
    return this.#emptySinceMs
  }

  attach(options: SessionLinkOptions, nowMs: number): SessionLink {
    const link = new SessionLink(options, nowMs, this.#options.limits, this.#options.random)
    const others = this.#links
    link.attachedOrder = ++this.#order
    link.pingDue = true
    this.#links = [...others, link]
    this.#emptySinceMs = undefined
    this.#chooseActive()
    for (const other of others) {
      // What was dialed because another link fell silent takes its place, without a moment in which there is none.
      if (other.liveness.suspect) this.lose(other, 'no-answer', nowMs)
      else other.pingDue = true
    }
    return link
  }

  /** The link is dead: what is in flight on it goes to another, now or when there is one. */
  lose(link: SessionLink, loss: LinkLoss, nowMs: number, graceful = false): void {
    if (link.gone) return
    link.gone = true
    this.#links = this.#links.filter((other) => other !== link)
    this.#sender.requeue(link)
    if (this.#links.length === 0) this.#emptySinceMs = nowMs
    this.#chooseActive()
    this.#options.host.linkLost(link, loss, graceful)
    this.#options.host.wake()
  }

  /** Bytes arrived on the link. */
  heard(link: SessionLink, nowMs: number): void {
    link.heardOrder = ++this.#order
    this.#heardLast = link
    if (link.heard(nowMs)) {
      this.#chooseActive()
      this.#options.host.linkRecovered(link)
    }
    const { isLower, limits, allocate } = this.#options
    if (this.#links.length <= limits.linksWanted) return
    for (const extra of redundantLinks(this.#links, isLower, limits.linksWanted)) {
      extra.put(encodeClose(allocate, { scope: 'link', code: 'duplicate', text: '' }))
      this.lose(extra, 'duplicate', nowMs, true)
    }
  }

  /** When `advance` has something to do at the earliest; Infinity if nothing. */
  get nextDeadlineMs(): number {
    let deadlineMs = Infinity
    for (const link of this.#links) deadlineMs = Math.min(deadlineMs, link.liveness.deadlineMs(), this.#hedgeAtMs(link))
    return deadlineMs
  }

  advance(nowMs: number): void {
    for (const link of this.#links) {
      if (this.#hedgeAtMs(link) <= nowMs) this.#hedge(link)
      this.#judge(link, nowMs)
    }
  }

  #judge(link: SessionLink, nowMs: number): void {
    const verdict = link.liveness.advance(nowMs)
    switch (verdict) {
      case 'fine':
        return
      case 'ping':
        link.pingDue = true
        return
      case 'suspect':
        link.pingDue = true
        this.#chooseActive()
        if (this.#active?.liveness.suspect === false) this.#sender.requeue(link)
        this.#options.host.linkSuspect(link)
        return
      case 'no-answer':
      case 'acknowledgement-stalled':
        this.lose(link, verdict, nowMs)
    }
  }

  /** When the frames of a silent link go to a healthy one as well. */
  #hedgeAtMs(link: SessionLink): number {
    if (this.#links.length < 2 || link.hedged || link.inFlightFrames === 0) return Infinity
    if (!this.#links.some((other) => other !== link && !other.liveness.suspect && !other.hedged)) return Infinity
    const waitMs = Math.min(2 * link.roundTrip.probeTimeoutMs, this.#options.limits.liveness.suspectMsMax)
    return link.liveness.unansweredSinceMs + waitMs + link.drainMs
  }

  #hedge(link: SessionLink): void {
    link.hedged = true
    link.pingDue = true
    this.#sender.hedge(link)
    this.#chooseActive()
  }

  #chooseActive(): void {
    this.#active = preferredLink(this.#links, this.#active)
  }
}

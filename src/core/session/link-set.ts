import { encodeClose } from '../frame/encode.ts'
import type { LossReason } from '../peer/reasons.ts'
import { SessionLink, type SessionLinkOptions } from './link.ts'
import { isAhead, leadAfter, preferredLink } from './link-choice.ts'
import { redundantLinks, wantsAnother } from './redundancy.ts'
import type { Sender } from './sender.ts'
import type { SessionOptions } from './session.ts'

/**
 * The links of a session, what becomes of each, and which of them carries frames. A link in here:
 *
 *              attach            nothing acknowledged for 2 PTO, and
 *     (dialed) ──────▶ healthy ─────────────────────────────────────▶ hedged       its frames went to another link as well
 *                       │   ▲       another link is healthy             │ │
 *                       │   └──── acknowledgement, or a later PONG ─────┘ │
 *                 silent for 3 PTO, 0.6 to 3 s                            │
 *                       ▼                                                 │
 *                     suspect ◀───────────────────────────────────────────┘
 *                       │       any byte ends the suspicion
 *                       ▼
 *                     lost      15 s of silence; or, of two that this side dialed, the other one is attached
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
  /** When the youngest link was attached. */
  #attachedLast = 0
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

  /** The round-trip time of the link where bytes came from last; 0 until it is known. */
  get heardRoundTripMs(): number {
    return (this.#heardLast ?? this.#active)?.roundTrip.smoothedMs ?? 0
  }

  /** Since when there has been none. */
  get emptySinceMs(): number | undefined {
    return this.#emptySinceMs
  }

  /** Another should be dialed. */
  get wantsAnother(): boolean {
    return wantsAnother(this.#links, this.#options.limits.linksWanted)
  }

  attach(options: SessionLinkOptions, nowMs: number): SessionLink {
    const { limits, random, host } = this.#options
    const link = new SessionLink(options, nowMs, limits, random, host)
    const others = this.#links
    link.attachedOrder = ++this.#order
    this.#attachedLast = link.attachedOrder
    link.pingDue = true
    this.#links = others.concat(link)
    this.#emptySinceMs = undefined
    this.#chooseActive()
    for (const other of others) {
      // What was dialed because another link fell silent takes its place: the other side has it already. A silent link that was dialed by the
      // other side stays, or each could give up the link that the other one counts on, and none would be left.
      const takesPlace = link.dialedBySelf && other.dialedBySelf && other.liveness.replaceable(nowMs)
      if (takesPlace) this.lose(other, 'no-answer', nowMs)
      else if (this.#mayBeTooMany && other.rank === link.rank) other.pingDue = true
    }
    return link
  }

  /** The link is dead: what is in flight on it goes to another, now or when there is one. */
  lose(link: SessionLink, reason: LossReason, nowMs: number, graceful = false): void {
    if (link.gone) return
    link.gone = true
    // An application that is in the middle of a write may be what gave it up: nothing more goes on it.
    link.room = false
    this.#links = this.#links.filter((other) => other !== link)
    this.#sender.requeue(link)
    if (this.#links.length === 0) this.#emptySinceMs = nowMs
    this.#chooseActive()
    this.#hedgeAgain()
    this.#options.host.linkLost(link, reason, graceful)
    this.#options.host.wake()
  }

  /** Bytes arrived on the link. */
  heard(link: SessionLink, nowMs: number): void {
    const isFirst = link.heardOrder < this.#attachedLast
    link.heardOrder = ++this.#order
    this.#heardLast = link
    const recovered = link.heard(nowMs)
    const { sendsPings } = link.liveness
    if (!sendsPings && link.hedged) {
      // No PONG will say it: a byte has to do.
      link.hedged = false
      link.hedgeEndedMs = nowMs
    }
    if (recovered) {
      link.recoveryPing = sendsPings ? link.liveness.lastPing + 1 : Infinity
      link.pingDue ||= this.#mayBeTooMany
      this.#chooseActive()
      this.#options.host.linkRecovered(link)
    }
    if (!isFirst) return
    // Now the other side has attached the youngest, so what it hears from here on counts there; where it pings, it asks for that itself.
    if (!sendsPings && this.#mayBeTooMany) for (const other of this.#links) other.pingDue = true
    this.#closeRedundant(nowMs)
  }

  /** A PONG came on the link. */
  pongReceived(link: SessionLink, token: number, nowMs: number): void {
    link.liveness.pongReceived(token, nowMs)
    // Only the answer to what was sent since shows that the link delivers both ways.
    if (link.hedged && token >= link.hedgePing) {
      link.hedged = false
      link.hedgeEndedMs = nowMs
    }
    this.#compare(link, nowMs)
    if (token < link.recoveryPing || link.recoveryPing === Infinity) return
    link.recoveryPing = Infinity
    this.#closeRedundant(nowMs)
  }

  /** Reliable frames came on the link that was heard last. */
  framesCame(nowMs: number): void {
    const link = this.#heardLast
    if (link === undefined) return
    link.acknowledgementOwed = true
    link.liveness.framesCame(nowMs)
  }

  /**
   * Acknowledgements go where frames come from: that link works, whatever the other side takes for its active one, and what is in flight on it is
   * measured by its own round trip. Where none of those takes anything, the active link does.
   */
  acknowledgesOn(link: SessionLink): boolean {
    return link.acknowledgementOwed || (link === this.#active && !this.#links.some(owesAndTakes))
  }

  /** Some link would take an acknowledgement now. */
  get takesAcknowledgement(): boolean {
    return this.#active?.room === true || this.#links.some(owesAndTakes)
  }

  /** Puts an acknowledgement on `link`, and on the others that frames came on. */
  acknowledge(link: SessionLink, acknowledgement: Uint8Array): void {
    link.put(acknowledgement)
    link.acknowledgementOwed = false
    if (this.#links.length === 1) return
    for (const other of this.#links) {
      if (!owesAndTakes(other)) continue
      other.put(acknowledgement)
      other.acknowledgementOwed = false
      this.#options.host.wake()
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

  #closeRedundant(nowMs: number): void {
    if (!this.#mayBeTooMany) return
    const { isLower, limits, allocate } = this.#options
    for (const extra of redundantLinks(this.#links, isLower, limits.linksWanted)) {
      extra.put(encodeClose(allocate, { scope: 'link', code: 'duplicate', text: '' }))
      this.lose(extra, 'duplicate', nowMs, true)
    }
  }

  #judge(link: SessionLink, nowMs: number): void {
    const verdict = link.liveness.advance(nowMs)
    this.#compare(link, nowMs)
    switch (verdict) {
      case 'fine':
        return
      case 'ping':
        link.pingDue = true
        return
      case 'suspect':
        link.pingDue ||= link.liveness.probesAtOnce
        this.#chooseActive()
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
    // Not at once again, while what has arrived is not acknowledged yet: it would be pinged once a round trip.
    return Math.max(link.liveness.unansweredSinceMs, link.hedgeEndedMs) + waitMs + link.drainMs
  }

  #hedge(link: SessionLink): void {
    link.hedged = true
    link.hedgePing = link.liveness.lastPing + 1
    link.pingDue = true
    this.#sender.hedge(link)
    this.#chooseActive()
  }

  /** A link is gone, and with it the copies of what silent links carry. */
  #hedgeAgain(): void {
    const active = this.#active
    if (active === undefined || active.liveness.suspect || active.hedged) return
    for (const link of this.#links) if (link.hedged) this.#sender.hedge(link)
  }

  /** A probe of the link was answered or missed: looks at whether there is another sample of how well it does. */
  #compare(link: SessionLink, nowMs: number): void {
    if (link.gone || link.health.probes === link.leadProbes) return
    link.leadProbes = link.health.probes
    const active = this.#active
    if (active === undefined) return
    if (link !== active) link.lead = leadAfter(link, active)
    // An idle link is pinged too rarely to show in time that it has become the better one.
    else for (const other of this.#links) if (isAhead(other, active)) other.pingDue = true
    this.#chooseActive()
    this.#closeRedundant(nowMs)
  }

  /** What is in flight on a suspect link goes to a healthy one as soon as there is one. */
  #chooseActive(): void {
    const before = this.#active
    this.#active = preferredLink(this.#links, before)
    if (this.#active !== before) for (const link of this.#links) link.lead = 0
    this.#sender.linksChanged(this.#links)
    if (this.#active === undefined || this.#active.liveness.suspect) return
    for (const link of this.#links) if (link.liveness.suspect && link.inFlightFrames > 0) this.#sender.requeue(link)
  }

  get #mayBeTooMany(): boolean {
    return this.#links.length > this.#options.limits.linksWanted
  }
}

function owesAndTakes(link: SessionLink): boolean {
  return link.acknowledgementOwed && link.room
}

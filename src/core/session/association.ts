import { PeerRestartedError, ProtocolError, SessionLostError } from '../errors.ts'
import { equalBytes } from '../frame/bytes.ts'
import { HELD_LINKS_MAX, type RefusalCode } from '../frame/constants.ts'
import type { Attach, Instance } from '../frame/frames.ts'
import { TokenBucket, type TokenBucketOptions } from '../token-bucket.ts'
import type { SessionLink } from './link.ts'
import type { Session } from './session.ts'

export interface AssociationOptions {
  readonly ownInstance: Instance
  readonly isLower: boolean
  /** The start of the newest instance of the peer that is known from before; 0 if none. */
  readonly knownStart: number
  /** Higher than every generation that this instance has used for the peer before, in an association that was forgotten. */
  readonly firstGeneration: number
  /** Where its numbers of links begin, likewise apart from earlier ones. */
  readonly firstDial: number
  /** How an earlier association with the peer ended, if this instance had one and forgot it. */
  readonly earlier?: EarlierAssociation | undefined
  createSession(nowMs: number): Session
}

/** What has to be remembered of a peer that is forgotten: it may keep a session with this instance that nobody here knows any more. */
export interface EarlierAssociation {
  readonly peerInstance: Instance
  /** The first one that no session was in. */
  readonly epoch: number
}

/** A link that was dialed and not answered yet, and the peer's instance as it was known then. */
interface PendingDial {
  readonly link: number
  readonly peerInstance: Instance | undefined
}

/** Links that a session has when it takes another from the peer; with those being dialed they fit the list of what is held. */
const LINKS_MAX = 8
const DIALS_MAX = HELD_LINKS_MAX - LINKS_MAX
/** HELLOs that are taken from a peer: at once more than its attempts of a long outage can bring together, and in the long run twice what one that is lost every second needs. */
export const HELLO_ALLOWANCE: TokenBucketOptions = { atOnce: 64, perSecond: 2 }

/** What comes of an ATTACH: the link is attached, or the reason why not. */
export type AttachOutcome =
  | { readonly link: SessionLink; readonly session: Session }
  | { readonly refused: RefusalCode }

/**
 * What two nodes know of each other's links and sessions across epochs and instances: it decides which session a link belongs to,
 * which links are dead because the other side no longer holds them, and when a statement is too old to count (SPEC.md, section 4).
 */
export class Association {
  readonly #options: AssociationOptions
  #session: Session | undefined
  #epoch = 1
  #peerInstance: Instance | undefined
  #dials: number
  #generation: number
  readonly #hellos = new TokenBucket(HELLO_ALLOWANCE)
  /** Links that were dialed and not answered yet; they are held. Replaced when they change: most of the time there are none. */
  #pending: readonly PendingDial[] = []
  /** The peer's newest statement. */
  #peerGeneration = 0
  #peerHeld: readonly number[] = []

  constructor(options: AssociationOptions) {
    this.#options = options
    this.#generation = options.firstGeneration
    this.#dials = options.firstDial
  }

  /** This node's id is the lower one of the two. */
  get isLower(): boolean {
    return this.#options.isLower
  }

  get session(): Session | undefined {
    return this.#session
  }

  get peerInstance(): Instance | undefined {
    return this.#peerInstance
  }

  /** What the next association with the peer needs to know; undefined if this one has met nobody. */
  get ending(): EarlierAssociation | undefined {
    return this.#peerInstance === undefined
      ? this.#options.earlier
      : { peerInstance: this.#peerInstance, epoch: this.#epoch }
  }

  /** A HELLO is about to be sent on a new link: its number and its ATTACH. Undefined while too many are under way. */
  dialing(): Attach | undefined {
    if (this.#pending.length >= DIALS_MAX || this.#held().length >= HELD_LINKS_MAX) return undefined
    const link = 2 * ++this.#dials + (this.isLower ? 1 : 0)
    this.#pending = this.#pending.concat({ link, peerInstance: this.#peerInstance })
    return this.#statement(link)
  }

  /** The dial led to a link, failed or was given up. Unless it was attached, the link is not held any more. */
  dialEnded(link: number): void {
    this.#pending = this.#pending.filter((dial) => dial.link !== link)
  }

  /** Whether the instance is another one than is known, and did not begin after it. */
  isOutdated(instance: Instance): boolean {
    const known = this.#peerInstance
    if (known === undefined) return instance.start < this.#options.knownStart
    return !sameInstance(known, instance) && instance.start <= known.start
  }

  /** As the listener: an ATTACH came with the HELLO of `instance`. */
  arrived(instance: Instance, attach: Attach, rank: number, nowMs: number): AttachOutcome {
    const dialedByLower = (attach.link & 1) === 1
    if (dialedByLower === this.isLower)
      throw new ProtocolError('attach-epoch', `Link ${attach.link} is not the dialer's to name`)
    if (!this.#hellos.take(nowMs)) return { refused: 'busy' }
    const refused = this.#meet(instance, nowMs) ?? this.#hear(attach, nowMs)
    if (refused !== undefined) return { refused }
    if (this.#linksHeldByPeer >= LINKS_MAX) {
      this.#dropUnheld(nowMs)
      return { refused: 'busy' }
    }
    return this.#attach(attach.link, false, rank, nowMs)
  }

  /** What the listener says in turn; only after `arrived` has attached the link. */
  reply(link: number): Attach {
    return this.#statement(link)
  }

  /** As the dialer: an ATTACH came with the ANSWER of `instance`. */
  answered(link: number, instance: Instance, attach: Attach, rank: number, nowMs: number): AttachOutcome {
    const knownAtDial = this.#pending.find((dial) => dial.link === link)?.peerInstance
    if (attach.link !== link)
      throw new ProtocolError('attach-epoch', `The answer to link ${link} names link ${attach.link}`)
    const refused = this.#meet(instance, nowMs)
    // An answer that was under way while the peer restarted is old news, and no second machine.
    if (refused !== undefined) return { refused: knownAtDial === this.#peerInstance ? refused : 'stale-attach' }
    if (attach.epoch < this.#epoch) return { refused: 'stale-attach' }
    const stale = this.#hear(attach, nowMs)
    if (stale !== undefined) return { refused: stale }
    // The epoch rose because what was said of this one cannot be; the other side has to hear that first.
    if (attach.epoch < this.#epoch) return { refused: 'stale-attach' }
    const outcome = this.#attach(link, true, rank, nowMs)
    this.dialEnded(link)
    return outcome
  }

  /** What to tell the peer on a link that remains, after another was lost. */
  restatement(link: SessionLink): Attach {
    return this.#statement(link.id)
  }

  /** An ATTACH came on a link that is attached already, `carrier`. */
  restated(carrier: number, attach: Attach, nowMs: number): void {
    if (attach.link !== carrier)
      throw new ProtocolError('attach-held', `Link ${attach.link} is named by an ATTACH on link ${carrier}`)
    if (attach.epoch !== this.#epoch)
      throw new ProtocolError('attach-epoch', `Epoch ${attach.epoch} was named in a session of epoch ${this.#epoch}`)
    if (this.#fence(attach) !== undefined) return
    this.#dropUnheld(nowMs)
    this.#session?.acknowledgementReceived({ cumulative: attach.received, ranges: [] }, nowMs)
  }

  /** The session ended while both instances run on. */
  sessionEnded(): void {
    this.#session = undefined
    this.#epoch++
  }

  /** Compares the peer's instance with the one that is known; a new one ends what the old one had. */
  #meet(instance: Instance, nowMs: number): RefusalCode | undefined {
    const known = this.#peerInstance
    if (known !== undefined && sameInstance(known, instance)) return undefined
    if (this.isOutdated(instance)) return 'identity-in-use'
    this.#session?.end('peer-restarted', new PeerRestartedError(), nowMs)
    this.#peerInstance = instance
    this.#session = undefined
    this.#epoch = this.#firstEpochWith(instance)
    this.#peerGeneration = 0
    this.#peerHeld = []
    return undefined
  }

  #firstEpochWith(instance: Instance): number {
    const { earlier } = this.#options
    return earlier !== undefined && sameInstance(earlier.peerInstance, instance) ? earlier.epoch : 1
  }

  /** Takes in a statement: epochs, fencing, acknowledgement. */
  #hear(attach: Attach, nowMs: number): RefusalCode | undefined {
    const isAboutUs = attach.peerInstance !== undefined && sameInstance(attach.peerInstance, this.#options.ownInstance)
    const epoch = isAboutUs ? attach.epoch : 0
    const refused = this.#fence(attach)
    if (refused !== undefined) return refused
    if (epoch > this.#epoch) {
      this.#session?.end('session-lost', new SessionLostError('the other side has begun a new one'), nowMs)
      this.#session = undefined
      this.#epoch = epoch
    } else if (epoch === this.#epoch && attach.received > 0) {
      this.#acknowledged(attach.received, nowMs)
    }
    return undefined
  }

  /** The newest statement says which links are dead; an older one counts for nothing, and is refused unless the newest holds its link. */
  #fence(attach: Attach): RefusalCode | undefined {
    if (attach.generation <= this.#peerGeneration) {
      return this.#peerHeld.includes(attach.link) ? undefined : 'stale-attach'
    }
    this.#peerGeneration = attach.generation
    this.#peerHeld = attach.held
    return undefined
  }

  get #linksHeldByPeer(): number {
    return (this.#session?.links ?? []).filter((link) => this.#peerHeld.includes(link.id)).length
  }

  /** Lets go of the links that the peer's newest statement does not name. */
  #dropUnheld(nowMs: number): void {
    for (const link of this.#session?.links ?? []) {
      if (!this.#peerHeld.includes(link.id)) this.#session?.loseLink(link, 'superseded', nowMs)
    }
  }

  /**
   * The peer has received so much of this epoch's session. Where that cannot be, the two sides remember different sessions: both are
   * over, and the next epoch begins.
   */
  #acknowledged(received: number, nowMs: number): void {
    if (this.#session === undefined) {
      this.#epoch++
      return
    }
    try {
      this.#session.acknowledgementReceived({ cumulative: received, ranges: [] }, nowMs)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      const text = `${error.rule}: ${error.message}`
      this.#session?.close('violation', text, 'protocol-error', error, nowMs)
    }
  }

  #attach(id: number, dialedBySelf: boolean, rank: number, nowMs: number): AttachOutcome {
    this.#session ??= this.#options.createSession(nowMs)
    const link = this.#session.attachLink({ id, dialedBySelf, dialedByLower: (id & 1) === 1, rank }, nowMs)
    // Only now, so that there is no moment without a link in which the peer would seem lost.
    this.#dropUnheld(nowMs)
    return { link, session: this.#session }
  }

  #statement(link: number): Attach {
    return {
      peerInstance: this.#peerInstance,
      epoch: this.#epoch,
      link,
      generation: ++this.#generation,
      received: this.#session?.received ?? 0,
      held: this.#held(),
    }
  }

  #held(): number[] {
    return [...(this.#session?.links ?? []).map((link) => link.id), ...this.#pending.map((dial) => dial.link)]
  }
}

function sameInstance(a: Instance, b: Instance): boolean {
  return a.start === b.start && equalBytes(a.random, b.random)
}

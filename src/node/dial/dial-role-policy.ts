import { DIAL_GRACE_MS, dialGraceMs, isLowerSide } from '../../core/dial/direction.ts'
import type { NodeContext } from '../context.ts'
import type { Link } from '../link/link.ts'
import type { RemotePeer } from '../peer/peer.ts'

/** While others are at the door, this side leaves the first dial to a peer whose turn it is for so long. */
const YIELDING_MS = 15_000

/** Whose turn it is to dial, this side's or the peer's (core/dial/direction.ts). */
export class DialRolePolicy {
  readonly #context: NodeContext
  readonly #peer: RemotePeer
  readonly #isLower: boolean
  /** The start of the instance that the peer had in an earlier run of this node; 0: they never met. */
  readonly #earlierStart: number
  /** Who dialed the last link. */
  #dialedLast: 'self' | 'peer' | undefined
  /** When a link that was dialed from here was lost last, on the clock. */
  #outboundLostMs = -Infinity
  /** Since when there is no link. */
  #missedMs: number

  constructor(context: NodeContext, peer: RemotePeer, isLower: boolean) {
    this.#context = context
    this.#peer = peer
    this.#isLower = isLower
    this.#earlierStart = peer.knownStart
    this.#missedMs = context.clock.now()
  }

  get missedMs(): number {
    return this.#missedMs
  }

  /** A link is attached; the peer's instance has this start. */
  linkAttached(start: number): void {
    this.#context.restart.met(start, this.#earlierStart)
  }

  linkLost({ channel }: Link): void {
    if (channel.direction === 'outbound') this.#outboundLostMs = this.#context.clock.now()
  }

  /** The last link is lost. */
  linksLost(): void {
    this.#missedMs = this.#context.clock.now()
    // Links that are lost together, or were dialed together, may seem to be the last ones in different orders at the two sides. Where each had
    // dialed one, both dial again at once: better than that both wait for the other.
    this.#dialedLast = this.#missedMs - this.#outboundLostMs < DIAL_GRACE_MS ? 'self' : 'peer'
  }

  /** How long to wait for the peer to come, before the first dial; undefined: this side never dials. */
  get graceMs(): number | undefined {
    // Nobody dials a guest, whatever its id.
    if (this.#peer.known === 'host') return 0
    const { dialing, addresses, isDialable } = this.#context
    const [ownAddress] = addresses
    const peerAddress = this.#peer.announced
    const isLower = isLowerSide({ order: dialing.order, isLowerById: this.#isLower, ownAddress, peerAddress })
    const { direction } = dialing
    return dialGraceMs({ direction, isLower, dialedLast: this.#dialedLast, isReunion: this.#isReunion, isDialable })
  }

  /** Links may also come about without this side. */
  get peerMayCome(): boolean {
    const { dialing, isDialable } = this.#context
    return dialing.direction === 'strict' ? this.graceMs === undefined : isDialable
  }

  /** It is the peer's turn, and perhaps it is at the door already. */
  get defersToInbound(): boolean {
    if ((this.graceMs ?? 0) === 0) return false
    const missingMs = this.#context.clock.now() - this.#missedMs
    if (this.#dialedLast === undefined && this.#isReunion) return this.#yieldsAfterRestart(missingMs)
    return this.#context.isReceiving && missingMs < YIELDING_MS
  }

  #yieldsAfterRestart(missingMs: number): boolean {
    const { isReceiving, restart, dialLimiter } = this.#context
    switch (restart.kind) {
      case 'alone':
        return false
      case 'together':
        return missingMs < DIAL_GRACE_MS || (isReceiving && missingMs < YIELDING_MS)
      case 'unknown':
        // Those that answer this side's first dials, or come in, are about to show which it is. They may be strangers, so not for long.
        return missingMs < DIAL_GRACE_MS && (dialLimiter.isShaking || isReceiving)
    }
  }

  get #isReunion(): boolean {
    return this.#earlierStart > 0
  }
}

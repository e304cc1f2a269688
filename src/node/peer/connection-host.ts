import type { RankedAddress } from '../../core/dial/address-book.ts'
import type { HoldfastError } from '../../core/errors.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import type { KeepAlive } from '../../core/health/keep-alive.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { SessionStream } from '../../core/session/stream.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Channel } from '../../transport/transport.ts'
import type { KnownRelation } from '../context.ts'

/** The peer whose links these are: it knows what is wanted. */
export interface ConnectionHost {
  readonly id: PeerId
  /** What it is to this node. */
  readonly known: KnownRelation
  /** A link should be held at the moment. */
  readonly wantsLink: boolean
  /** Why no link may be attached now, whoever dialed it: the peer is blocked or paused here. */
  readonly unwanted: HoldfastError | undefined
  /** Somebody waits for the peer. */
  readonly isWaitedFor: boolean
  /** Where it can be dialed; not where this node itself would answer. */
  readonly dialable: readonly string[]
  /** The first address that it announced, if it is known. */
  readonly announced: string | undefined
  /** The start of the newest instance that is known from before; 0 if none. */
  readonly knownStart: number
  /** How its links are watched; undefined: as those of all peers. */
  readonly keepAlive: KeepAlive | undefined
  /** What is said to this peer beside what everybody is told. */
  greeting(channel: Channel, theirs?: Greeting): Partial<Greeting>
  /** The peer answered: the error if that will not do. */
  checkAnswer(channel: Channel, greeting: Greeting): HoldfastError | undefined
  stateChanged(state: PeerState, before: PeerState): void
  /** All addresses, in the order in which to dial them. */
  rankedAddresses(): readonly RankedAddress[]
  /** The one who answers at this address may mean harm. */
  isDoubtful(address: string): boolean
  streamOpened(stream: SessionStream): void
}

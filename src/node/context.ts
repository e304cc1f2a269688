import type { Clock } from '../clock.ts'
import type { OwnNetwork } from '../core/dial/address-kind.ts'
import type { HoldfastError } from '../core/errors.ts'
import type { Greeting, Instance } from '../core/frame/frames.ts'
import type { MemoryBudget, SessionLimits } from '../core/session/limits.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Channel, Transport } from '../transport/transport.ts'
import type { Relation, StreamHandler } from './api.ts'
import type { Counters } from './counters.ts'
import type { DialLimiter } from './dial/dial-limiter.ts'
import type { RestartEvidence } from './dial/restart-evidence.ts'
import type { Handshake, Link } from './link/link.ts'
import type { FormerSessions } from './peer/former-sessions.ts'
import type { DialingOptions, Tuning } from './resolve-options.ts'
import type { Deadlines } from './timing/deadlines.ts'

/** `stranger`: a pairing goes on with it. */
export type KnownRelation = Relation | 'stranger'

/** What the peers of a node share. */
export interface NodeContext {
  readonly id: PeerId
  readonly instance: Instance
  readonly clock: Clock
  /** Of all sessions. */
  readonly deadlines: Deadlines
  readonly random: () => number
  readonly limits: SessionLimits
  readonly budget: MemoryBudget
  readonly store: Store
  readonly counters: Counters
  readonly formerSessions: FormerSessions
  /** The node takes nothing new. */
  readonly closing: boolean
  /** Others can dial this node. */
  readonly isDialable: boolean
  /** Whose turn it is to dial. */
  readonly dialLimiter: DialLimiter
  /** Others are at the door: their handshakes are under way. */
  readonly isReceiving: boolean
  /** Whether this node alone was restarted. */
  readonly restart: RestartEvidence
  readonly dialing: DialingOptions
  /** The networks that this machine is in now. */
  readonly networks: readonly OwnNetwork[]
  /** Where peers are told to dial this node, best first. */
  readonly addresses: readonly string[]
  /** What can be changed while the node runs. */
  readonly tuning: Tuning
  /** Dialing the address leads to this node itself. */
  isOwnAddress(address: string): boolean
  /** This node itself answered at the address. */
  ownAddressFound(address: string): void
  /** A peer that is connected at the address `from` says that it sees this node at `address`. */
  seenAs(address: string, peer: PeerId, from: string): void
  /** What this node says of itself. */
  greeting(more: Partial<Greeting>): Greeting
  /**
   * What it says to show what it is to the peer: that it knows the network's secret, or that it is or takes a guest. `theirs`: what it answers to.
   */
  credentials(channel: Channel, relation: KnownRelation, theirs: Greeting | undefined): Partial<Greeting>
  /** The error if an answer does not show that the peer is what it is taken for. */
  checkAnswer(channel: Channel, greeting: Greeting, relation: KnownRelation): HoldfastError | undefined
  transportOf(address: string): Transport
  handlerOf(protocol: string): StreamHandler | undefined
  /** Makes a link of a channel, and remembers it until it is gone. Throws `NodeFullError` if there are too many. */
  link(channel: Channel, handshake: Handshake): Link
}

/** Frames of the handshake are rare; any array will do. */
export const allocateHandshake = (size: number): Uint8Array => new Uint8Array(size)

/** Links of a lower rank are preferred. */
export function rankOf(channel: Channel): number {
  return channel.kind === 'relay' ? 1 : 0
}

import type { Clock } from '../clock.ts'
import type { Greeting, Instance } from '../core/frame/frames.ts'
import type { MemoryBudget, SessionLimits } from '../core/session/limits.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Channel, Transport } from '../transport/transport.ts'
import type { StreamHandler } from './api.ts'
import type { DialTurns } from './dial-turns.ts'
import type { Handshake, Link } from './link.ts'

/** What the peers of a node share. */
export interface NodeContext {
  readonly id: PeerId
  readonly instance: Instance
  readonly clock: Clock
  readonly random: () => number
  readonly limits: SessionLimits
  /** Whose turn it is to dial, among all peers. */
  readonly dialTurns: DialTurns
  readonly budget: MemoryBudget
  readonly store: Store
  /** The node takes nothing new. */
  readonly closing: boolean
  /** Others can dial this node. */
  readonly isDialable: boolean
  /** What this node says of itself. */
  greeting(more: Pick<Greeting, 'ticket' | 'observed'>): Greeting
  transportOf(address: string): Transport
  handlerOf(protocol: string): StreamHandler | undefined
  /** Makes a link of a channel, and remembers it until it is gone. */
  link(channel: Channel, handshake: Handshake): Link
}

/** Frames of the handshake are rare; any array will do. */
export const allocateHandshake = (size: number): Uint8Array => new Uint8Array(size)

/** Links of a lower rank are preferred. */
export function rankOf(channel: Channel): number {
  return channel.kind === 'relay' ? 1 : 0
}

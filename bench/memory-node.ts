// Nodes of the library that are paired beforehand: the records of the pairing are put into their stores.
import { randomBytes } from 'node:crypto'
import { systemClock } from '../src/clock.ts'
import type { SessionLimits } from '../src/core/session/limits.ts'
import type { Identity } from '../src/identity/identity.ts'
import type { PeerId } from '../src/identity/peer-id.ts'
import { HoldfastNode } from '../src/node/node.ts'
import { stallTolerantClock } from '../src/node/timing/stall-tolerant-clock.ts'
import { memoryStore } from '../src/store/memory.ts'
import { defaultChoices } from '../src/store/settings.ts'
import type { Store } from '../src/store/store.ts'
import { tcpTransport } from '../src/transport/tcp/tcp.ts'
import { observedTransport, type TransportObserver } from './observed-transport.ts'

/** All nodes of a process look at one clock, as one node in a process does. */
const clock = stallTolerantClock(systemClock)

/** A peer that a node is paired with. */
export interface Known {
  readonly id: string
  /** Empty: the peer has to dial. */
  readonly addresses: readonly string[]
  /** The instance that it had when the two were connected in an earlier run; by default they never were. */
  readonly instanceStart?: number
}

export interface MemoryNodeOptions {
  readonly identity: Identity
  readonly listen: readonly string[]
  /** Tell peers these addresses. */
  readonly advertise?: readonly string[]
  readonly known: readonly Known[]
  /** In memory by default. */
  readonly store?: Store
  readonly observer?: TransportObserver
  readonly limits?: Partial<SessionLimits>
  /** Further options of a node. */
  readonly more?: object
}

/** A node as `open` makes it, with an identity and a store of one's choice; not started yet, so that no event is missed. */
export function memoryNode(options: MemoryNodeOptions): HoldfastNode {
  const { identity, listen, advertise, known, store = memoryStore(), observer = {}, limits, more } = options
  for (const { id, addresses, instanceStart = 0 } of known) {
    store.savePeer({
      id: id as PeerId,
      name: id.slice(-8),
      pairedAtMs: 1,
      addresses,
      instanceStart,
      lastSeenMs: undefined,
      keys: undefined,
      ...defaultChoices,
    })
  }
  return new HoldfastNode({
    id: identity.id,
    name: identity.id.slice(-8),
    store,
    transports: [observedTransport(tcpTransport({ identity, clock }), observer)],
    listen,
    advertise,
    clock,
    random: Math.random,
    randomBytes,
    ...(limits && { limits }),
    ...more,
  })
}

import type { Clock } from '../clock.ts'
import type { SessionLimits } from '../core/session/limits.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Transport } from '../transport/transport.ts'
import type { GuestOptions, Node, OpenOptions } from './api.ts'
import type { Logger } from './log.ts'
import { HoldfastNode } from './node.ts'

/** Everything that a node is made of; `open` fills it in with the real things, tests and simulations with others. */
export interface NodeParts {
  readonly id: PeerId
  readonly name: string
  readonly store: Store
  readonly transports: readonly Transport[]
  readonly listen: readonly string[]
  /** What to tell peers instead of the addresses listened on. */
  readonly advertise?: readonly string[] | undefined
  /** Turns addresses listened on into those where others can reach them; as they are by default. */
  readonly reachable?: (listening: readonly string[]) => string[]
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly limits?: Partial<SessionLimits>
  /** What all sessions together may grow to beyond their first limits. Default 256 MiB. */
  readonly memoryBudgetBytes?: number
  readonly admit?: OpenOptions['admit'] | undefined
  readonly guests?: Partial<GuestOptions> | undefined
  /** Default 65,536, as of `linksMax`. */
  readonly peersMax?: number | undefined
  readonly linksMax?: number | undefined
  /** Gets a line for each thing of note; none by default. */
  readonly logger?: Logger | undefined
}

/** Starts a node from its parts. The caller closes the store, after the node. */
export async function createNode(parts: NodeParts): Promise<Node> {
  const node = new HoldfastNode(parts)
  await node.start()
  return node
}

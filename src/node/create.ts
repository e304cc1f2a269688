import type { Clock } from '../clock.ts'
import type { DialOrder, Direction } from '../core/dial/direction.ts'
import type { DialScheduleOptions } from '../core/dial/schedule-options.ts'
import type { KeepAlive } from '../core/health/keep-alive.ts'
import type { SessionLimits } from '../core/session/limits.ts'
import type { Discovery } from '../discovery/discovery.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Transport } from '../transport/transport.ts'
import type { GuestOptions, NetworkOptions, Node, OpenOptions } from './api.ts'
import type { BroadcastRelayOptions } from './broadcast/broadcast-relay.ts'
import type { Logger } from './events/log.ts'
import type { NetworkInterfaces } from './local/network-watch.ts'
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
  /**
   * Turns addresses listened on into those where others can reach them, best first, those among them from which a router may forward. By default they stay as they are, the
   * forwarded ones last.
   */
  readonly reachable?: (listening: readonly string[], forwarded: readonly string[]) => string[]
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly limits?: Partial<SessionLimits>
  /** What all sessions together may grow to beyond their first limits. Default 256 MiB. */
  readonly memoryBudgetBytes?: number
  /** How links are watched; adaptively by default. */
  readonly keepAlive?: KeepAlive | undefined
  /** Who of two peers dials, and what decides which of them is the lower side. Default `graceful`, by `id`. */
  readonly direction?: Direction | undefined
  readonly dialOrder?: DialOrder | undefined
  readonly reconnect?: Partial<DialScheduleOptions> | undefined
  /** IP addresses of this machine to dial from, for links over several interfaces. Default: the system chooses. */
  readonly dialFrom?: readonly string[] | undefined
  /** What the system says of its interfaces; undefined: they are not watched. */
  readonly interfaces?: (() => NetworkInterfaces) | undefined
  /** Calls back when the process has not run for a while, and answers how to end that. */
  readonly onStall?: ((callback: (stalledMs: number) => void) => () => void) | undefined
  /** How nodes of the local network are found; undefined: they are not. */
  readonly discovery?: Discovery | undefined
  /** Whether this node lets itself be found. Default true. */
  readonly announce?: boolean | undefined
  readonly network?: NetworkOptions | undefined
  readonly admit?: OpenOptions['admit'] | undefined
  readonly guests?: Partial<GuestOptions> | undefined
  readonly broadcast?: Partial<BroadcastRelayOptions> | undefined
  /** How long the link of a peer without an open stream is kept; for ever by default. */
  readonly idleTimeoutMs?: number | undefined
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

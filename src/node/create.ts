import type { Clock } from '../clock.ts'
import type { Discovery } from '../discovery/discovery.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Transport } from '../transport/transport.ts'
import type { Node } from './api.ts'
import type { NetworkInterfaces } from './local/network-watch.ts'
import { HoldfastNode } from './node.ts'
import type { NodeOptions } from './options.ts'

/** Everything that a node is made of, its options included; `open` fills it in with the real things, tests and simulations with others. */
export interface NodeParts extends NodeOptions {
  readonly id: PeerId
  readonly name: string
  readonly store: Store
  readonly transports: readonly Transport[]
  readonly listen: readonly string[]
  /**
   * Turns addresses listened on into those where others can reach them, best first, those among them from which a router may forward. By default they stay as they are, the
   * forwarded ones last.
   */
  readonly reachable?: (listening: readonly string[], forwarded: readonly string[]) => string[]
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly randomBytes: (size: number) => Uint8Array
  /** What the system says of its interfaces; undefined: they are not watched. */
  readonly interfaces?: (() => NetworkInterfaces) | undefined
  /** Calls back when the process has not run for a while, and answers how to end that. */
  readonly onStall?: ((callback: (stalledMs: number) => void) => () => void) | undefined
  /** How nodes of the local network are found; undefined: they are not. */
  readonly discovery?: Discovery | undefined
  /** Whether this node lets itself be found. Default true. */
  readonly announce?: boolean | undefined
}

/** Starts a node from its parts. The caller closes the store, after the node. */
export async function createNode(parts: NodeParts): Promise<Node> {
  const node = new HoldfastNode(parts)
  await node.start()
  return node
}

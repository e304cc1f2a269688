import type { DialOrder, Direction } from '../core/dial/direction.ts'
import { defaultSessionLimits, type SessionLimits } from '../core/session/limits.ts'
import type { NodeParts } from './create.ts'
import { Tuning } from './tuning.ts'

/** How a node dials its peers. */
export interface DialingOptions {
  readonly direction: Direction
  readonly order: DialOrder
  /** IP addresses of this machine to dial from; empty: the system chooses. */
  readonly dialFrom: readonly string[]
}

/** The options of a node with the defaults for what is left out. Throws `InvalidArgumentError` for a value that is out of its range. */
export function resolveParts(parts: NodeParts): {
  readonly dialing: DialingOptions
  readonly limits: SessionLimits
  readonly tuning: Tuning
} {
  const { direction = 'graceful', dialOrder: order = 'id', dialFrom = [], limits } = parts
  // A keep-alive among the limits is that of the node.
  const { keepAlive = limits?.keepAlive } = parts
  const tuning = new Tuning({ ...parts, keepAlive })
  return {
    dialing: { direction, order, dialFrom },
    limits: { ...defaultSessionLimits, ...limits, keepAlive: tuning.keepAlive },
    tuning,
  }
}

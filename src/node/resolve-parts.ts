import type { DialOrder, Direction } from '../core/dial/direction.ts'
import { resolveOptions } from '../core/options.ts'
import { defaultSessionLimits, type SessionLimits, sessionOptions } from '../core/session/limits.ts'
import type { NodeParts } from './create.ts'
import { nodeOptions } from './options.ts'
import { inRange, resolveTuning, type Tuning } from './tuning.ts'

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
  readonly memoryBudgetBytes: number
  readonly tuning: Tuning
} {
  const { dialFrom = [], limits } = parts
  // A keep-alive among the limits is that of the node.
  const { keepAlive = limits?.keepAlive } = parts
  const tuning = resolveTuning({ ...parts, keepAlive })
  return inRange(() => {
    const { direction, dialOrder: order, memoryBudgetBytes } = resolveOptions(nodeOptions, parts)
    const ofSessions = resolveOptions(sessionOptions, limits, 'limits.')
    return {
      dialing: { direction, order, dialFrom },
      limits: { ...defaultSessionLimits, ...limits, ...ofSessions, keepAlive: tuning.keepAlive },
      memoryBudgetBytes,
      tuning,
    }
  })
}

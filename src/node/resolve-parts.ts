import type { DialOrder, Direction } from '../core/dial/direction.ts'
import { type DialScheduleOptions, resolveDialSchedule } from '../core/dial/schedule-options.ts'
import { resolveKeepAlive } from '../core/health/keep-alive.ts'
import { defaultSessionLimits, type SessionLimits } from '../core/session/limits.ts'
import type { NodeParts } from './create.ts'
import { InvalidArgumentError } from './errors.ts'

const PEERS_MAX = 65_536
const LINKS_MAX = 65_536

/** How a node dials its peers. */
export interface DialingOptions {
  readonly direction: Direction
  readonly order: DialOrder
  readonly schedule: DialScheduleOptions
  /** IP addresses of this machine to dial from; empty: the system chooses. */
  readonly dialFrom: readonly string[]
}

/** The options of a node with the defaults for what is left out. Throws `InvalidArgumentError` for a value that is out of its range. */
export function resolveParts(parts: NodeParts): {
  readonly dialing: DialingOptions
  readonly limits: SessionLimits
  readonly peersMax: number
  readonly linksMax: number
} {
  const { keepAlive = defaultSessionLimits.keepAlive, direction = 'graceful', dialOrder: order = 'id' } = parts
  return inRange(() => {
    resolveKeepAlive(keepAlive)
    return {
      dialing: { direction, order, schedule: resolveDialSchedule(parts.reconnect), dialFrom: parts.dialFrom ?? [] },
      limits: { ...defaultSessionLimits, keepAlive, ...parts.limits },
      peersMax: parts.peersMax ?? PEERS_MAX,
      linksMax: parts.linksMax ?? LINKS_MAX,
    }
  })
}

/** What `resolve` answers; an option that is out of its range is the caller's mistake. */
export function inRange<T>(resolve: () => T): T {
  try {
    return resolve()
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error
  }
}

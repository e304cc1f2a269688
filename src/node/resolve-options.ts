// The options of a node with their defaults filled in.
import type { DialOrder, Direction } from '../core/dial/direction.ts'
import { resolveDialSchedule } from '../core/dial/schedule-options.ts'
import { resolveKeepAlive } from '../core/health/keep-alive.ts'
import { resolveOptions } from '../core/options.ts'
import { defaultSessionLimits, type SessionLimits, sessionOptions } from '../core/session/limits.ts'
import type { NodeParts } from './create.ts'
import { InvalidArgumentError } from './errors.ts'
import { guestOptions, type NodeTuning, nodeOptions, tunable, tunableOptions } from './options.ts'

/** How a node dials its peers. */
export interface DialingOptions {
  readonly direction: Direction
  readonly order: DialOrder
  /** IP addresses of this machine to dial from; empty: the system chooses. */
  readonly dialFrom: readonly string[]
}

/** The options of a node with the defaults for what is left out. Throws `InvalidArgumentError` for a value that is out of its range. */
export function resolveParts(parts: NodeParts) {
  const { dialFrom = [], limits } = parts
  // A keep-alive among the limits is that of the node.
  const { keepAlive = limits?.keepAlive } = parts
  const tuning = resolveTuning({ ...parts, keepAlive })
  return inRange(() => {
    const { direction, dialOrder: order, memoryBudgetBytes } = resolveOptions(nodeOptions, parts)
    const ofSessions = resolveOptions(sessionOptions, limits, 'limits.')
    const all: SessionLimits = { ...defaultSessionLimits, ...limits, ...ofSessions, keepAlive: tuning.keepAlive }
    const dialing: DialingOptions = { direction, order, dialFrom }
    return { dialing, limits: all, memoryBudgetBytes, tuning }
  })
}

/** What can be changed while a node runs, as it is now. Whoever needs a value reads it at that moment, and keeps none. */
export type Tuning = ReturnType<typeof resolveTuning>

/**
 * The values with the defaults for what is left out. `reconnect` is one object for the life of the node: the schedules of all peers read it. Throws
 * `InvalidArgumentError` for a value that is out of its range.
 */
function resolveTuning(options: Partial<NodeTuning>) {
  const { keepAlive = defaultSessionLimits.keepAlive, reconnect, guests } = options
  return inRange(() => {
    resolveKeepAlive(keepAlive)
    return {
      keepAlive,
      reconnect: resolveDialSchedule(reconnect),
      guests: resolveOptions(guestOptions, guests, 'guests.'),
      ...resolveOptions(tunableOptions, options),
    }
  })
}

/** Takes over what is named, or changes nothing and throws `InvalidArgumentError`. What is undefined goes back to its default. */
export function changeTuning(tuning: Tuning, options: Partial<NodeTuning>): void {
  const { reconnect, ...resolved } = resolveTuning(options)
  if ('reconnect' in options) Object.assign(tuning.reconnect, reconnect)
  const named = tunable.filter((name) => name !== 'reconnect' && name in options)
  Object.assign(tuning, Object.fromEntries(named.map((name) => [name, resolved[name as keyof typeof resolved]])))
}

/** What `work` answers; an option that is out of its range is the caller's mistake. */
export function inRange<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error
  }
}

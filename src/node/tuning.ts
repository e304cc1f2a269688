import { type DialScheduleOptions, resolveDialSchedule } from '../core/dial/schedule-options.ts'
import { type KeepAlive, resolveKeepAlive } from '../core/health/keep-alive.ts'
import { defaultSessionLimits } from '../core/session/limits.ts'
import type { GuestOptions, NodeTuning } from './api.ts'
import { InvalidArgumentError } from './errors.ts'

const PEERS_MAX = 65_536
const LINKS_MAX = 65_536
/** Timers of the platform hold 31 bits, 24 days. */
const DURATION_MS_MAX = 2 ** 31 - 1

const defaultGuestOptions: GuestOptions = { protocols: [], idleTimeoutMs: 3_600_000, max: 64 }

interface Tuned {
  readonly keepAlive: KeepAlive
  readonly schedule: DialScheduleOptions
  readonly guests: GuestOptions
  readonly idleTimeoutMs: number | undefined
  readonly peersMax: number
  readonly linksMax: number
}

/** What can be changed while a node runs, as it is now. Whoever needs a value reads it at that moment, and keeps none. */
export class Tuning implements Tuned {
  #now: Tuned
  /** One object for the life of the node: the schedules of all peers read it. */
  readonly schedule: DialScheduleOptions

  /** Throws `InvalidArgumentError` for a value that is out of its range. */
  constructor(options: Partial<NodeTuning>) {
    this.#now = resolve(options)
    this.schedule = { ...this.#now.schedule }
  }

  /** Takes over what is named, or changes nothing and throws `InvalidArgumentError`. What is undefined goes back to its default. */
  change(options: Partial<NodeTuning>): void {
    const defaults = resolve(options)
    this.#now = {
      ...this.#now,
      ...('keepAlive' in options && { keepAlive: defaults.keepAlive }),
      ...('reconnect' in options && { schedule: defaults.schedule }),
      ...('guests' in options && { guests: defaults.guests }),
      ...('idleTimeoutMs' in options && { idleTimeoutMs: defaults.idleTimeoutMs }),
      ...('peersMax' in options && { peersMax: defaults.peersMax }),
      ...('linksMax' in options && { linksMax: defaults.linksMax }),
    }
    Object.assign(this.schedule, this.#now.schedule)
  }

  get keepAlive(): KeepAlive {
    return this.#now.keepAlive
  }

  get guests(): GuestOptions {
    return this.#now.guests
  }

  get idleTimeoutMs(): number | undefined {
    return this.#now.idleTimeoutMs
  }

  get peersMax(): number {
    return this.#now.peersMax
  }

  get linksMax(): number {
    return this.#now.linksMax
  }
}

/** The options with the defaults for what is left out. */
function resolve(options: Partial<NodeTuning>): Tuned {
  const { keepAlive = defaultSessionLimits.keepAlive, reconnect, guests, idleTimeoutMs } = options
  if (idleTimeoutMs !== undefined && !(idleTimeoutMs >= 1 && idleTimeoutMs <= DURATION_MS_MAX))
    throw new InvalidArgumentError(`idleTimeoutMs must be from 1 to ${DURATION_MS_MAX}, but is ${idleTimeoutMs}`)
  return inRange(() => {
    resolveKeepAlive(keepAlive)
    return {
      keepAlive,
      schedule: resolveDialSchedule(reconnect),
      guests: { ...defaultGuestOptions, ...guests },
      idleTimeoutMs,
      peersMax: options.peersMax ?? PEERS_MAX,
      linksMax: options.linksMax ?? LINKS_MAX,
    }
  })
}

/** What `work` answers; an option that is out of its range is the caller's mistake. */
export function inRange<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error
  }
}

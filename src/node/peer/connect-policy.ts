// For how long a peer's link is kept, by its own settings and the options of the node.
import type { PeerSettings } from '../api.ts'
import type { KnownRelation } from '../context.ts'
import type { Tuning } from '../resolve-options.ts'

const ON_DEMAND_IDLE_MS = 5 * 60_000

/** Whether a link is held whenever that can be had. The idle timeout of the node is for peers that have none of their own. */
export function isHeld({ connectPolicy, idleTimeoutMs }: PeerSettings, tuning: Tuning): boolean {
  return connectPolicy === 'always' && (tuning.idleTimeoutMs === undefined || idleTimeoutMs !== undefined)
}

/** How long a link is kept without an open stream; undefined: for ever. */
export function idleTimeoutOf(relation: KnownRelation, settings: PeerSettings, tuning: Tuning): number | undefined {
  if (relation === 'guest') return settings.idleTimeoutMs ?? tuning.guests.idleTimeoutMs
  if (isHeld(settings, tuning)) return undefined
  return settings.idleTimeoutMs ?? tuning.idleTimeoutMs ?? ON_DEMAND_IDLE_MS
}

/** Who asks for a link to a peer, however it is held. */
export class Demand {
  /** One is wanted until there is one, or none is to be had. */
  isSought = false
  /** Calls that wait for it. */
  #calls = 0

  get isWaitedFor(): boolean {
    return this.#calls > 0
  }

  /** Does what needs a link; it is waited for meanwhile. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#calls++
    try {
      return await work()
    } finally {
      this.#calls--
    }
  }
}

/** Which protocols a peer may use about which nobody decided anything. */
export function defaultProtocols(relation: KnownRelation, tuning: Tuning): PeerSettings['protocols'] {
  return relation === 'guest' || relation === 'host' ? tuning.guests.protocols : 'all'
}

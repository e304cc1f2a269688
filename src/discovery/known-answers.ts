import type { PeerId } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'
import { type Answer, instanceOf, SERVICE, TTL_S } from './records.ts'

/** Answers that are known to whoever asks are not given again before half of their time is over (RFC 6762, section 7.1). */
export const KNOWN_TTL_S_MIN = TTL_S / 2
/** Of those as many as fit a packet. */
const KNOWN_MAX = 16

interface Known {
  readonly heardMs: number
  readonly from: string
  readonly isDisputed: boolean
}

/**
 * Those who need not answer a question, as what they would say was heard a short time ago. Who is spoken of from several places is not among them: it is to answer each time, so that nobody who pretends to be it
 * keeps it silent.
 */
export class KnownAnswers {
  readonly #known = new Map<PeerId, Known>()

  heard({ id, from, lifeMs }: Sighting, nowMs: number): void {
    const before = this.#known.get(id)
    const isDisputed = before !== undefined && (before.isDisputed || before.from !== from)
    if (lifeMs <= 0) this.#known.delete(id)
    else if (before !== undefined || this.#known.size < KNOWN_MAX)
      this.#known.set(id, { heardMs: nowMs, from, isDisputed })
  }

  /** What a question names as known. */
  list(nowMs: number): Answer[] {
    return [...this.#known].flatMap(([id, { heardMs, isDisputed }]) => {
      const ttl = Math.floor(TTL_S - (nowMs - heardMs) / 1_000)
      if (ttl < KNOWN_TTL_S_MIN) this.#known.delete(id)
      if (ttl < KNOWN_TTL_S_MIN || isDisputed) return []
      return [{ type: 'PTR', name: SERVICE, ttl, data: `${instanceOf(id)}.${SERVICE}` }]
    })
  }
}

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { encodeText } from '../../core/frame/bytes.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { ChatLimits } from './limits.ts'
import type { ChatMessage } from './message.ts'

/** How much is kept of one author in one conversation. */
interface Tally {
  messages: number
  bytes: number
  waiting: number
}

/** So many messages go at a time when there are too many. */
const PRUNED_AT_ONCE = 64

/** Counts what is kept, so that nothing has to be counted when a message comes; deletes the oldest of what is too much. */
export class Tallies {
  readonly #limits: Pick<ChatLimits, 'historyMessagesMax' | 'historyBytesMax'>
  readonly #tallies = new Map<string, Tally>()
  readonly #count: StatementSync
  readonly #delete: StatementSync

  constructor(db: DatabaseSync, limits: Pick<ChatLimits, 'historyMessagesMax' | 'historyBytesMax'>) {
    this.#limits = limits
    this.#count = db.prepare(
      `SELECT count(*) AS messages, coalesce(sum(length(text)), 0) AS bytes, count(*) - count(arrived_at_ms) AS waiting
      FROM message WHERE peer = ? AND mine = ?`,
    )
    // What waits is not history yet.
    this.#delete = db.prepare(
      `DELETE FROM message WHERE number IN (
        SELECT number FROM message WHERE peer = ? AND mine = ? AND arrived_at_ms IS NOT NULL ORDER BY number LIMIT ?
      ) RETURNING length(text) AS bytes`,
    )
  }

  of(peer: PeerId, mine: boolean): Readonly<Tally> {
    return this.#of(peer, mine)
  }

  added({ peer, author, text, arrivedAtMs }: Omit<ChatMessage, 'number'>): void {
    const tally = this.#tallies.get(keyOf(peer, author === 'me'))
    // One that was not counted yet is counted with the message in it.
    if (tally === undefined) return
    tally.messages++
    tally.bytes += encodeText(text).length
    if (arrivedAtMs === undefined) tally.waiting++
  }

  /** A message that waited does not wait any more. */
  arrived(peer: PeerId): void {
    const tally = this.#tallies.get(keyOf(peer, true))
    if (tally !== undefined) tally.waiting--
  }

  prune(peer: PeerId): void {
    for (const mine of [true, false]) {
      const tally = this.#of(peer, mine)
      while (this.#excess(tally) > 0) {
        const gone = this.#delete.all(peer, Number(mine), this.#excess(tally))
        if (gone.length === 0) break
        tally.messages -= gone.length
        for (const { bytes } of gone) tally.bytes -= Number(bytes)
      }
    }
  }

  /** What was counted may not be so: it is counted anew when it is asked for. */
  forget(peer: PeerId): void {
    this.#tallies.delete(keyOf(peer, true))
    this.#tallies.delete(keyOf(peer, false))
  }

  #excess({ messages, bytes }: Tally): number {
    const { historyMessagesMax, historyBytesMax } = this.#limits
    const excess = messages - historyMessagesMax
    return Math.min(PRUNED_AT_ONCE, Math.max(excess, bytes > historyBytesMax ? 1 : 0))
  }

  #of(peer: PeerId, mine: boolean): Tally {
    const key = keyOf(peer, mine)
    const known = this.#tallies.get(key)
    if (known !== undefined) return known
    const row = this.#count.get(peer, Number(mine)) ?? {}
    const tally = {
      messages: Number(row['messages']),
      bytes: Number(row['bytes']),
      waiting: Number(row['waiting']),
    }
    this.#tallies.set(key, tally)
    return tally
  }
}

const keyOf = (peer: PeerId, mine: boolean): string => `${peer} ${mine ? 'mine' : 'theirs'}`

// Conversations on disk. Every call that writes is durable when it returns, or has changed nothing and throws.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PeerId } from '../../identity/peer-id.ts'
import { createDatabase, databaseExists, inspect, openForWriting, reading } from '../../store/database.ts'
import { storeClosed, storeFailure } from '../../store/errors.ts'
import { ChatFullError } from './errors.ts'
import { type ChatLimits, chatWire, defaultChatLimits } from './limits.ts'
import type { ChatMessage, IncomingMessage } from './message.ts'
import { messageColumns, messageRow, parseMessage } from './message-row.ts'
import { chatDatabasePath, chatSchema } from './schema.ts'
import { Tallies } from './tallies.ts'

/** A part of what is kept: at most `limit` messages. */
export interface ChatPage {
  /** Default: all conversations. */
  readonly peer?: PeerId | undefined
  /** The oldest of those with a higher number than this. */
  readonly after?: number | undefined
  /** The newest of those with a lower number than this; not together with `after`. Default: the newest of all. */
  readonly before?: number | undefined
  readonly limit: number
}

export interface ChatStoreOptions {
  /** For messages of errors. */
  readonly path: string
  readonly limits?: Pick<ChatLimits, 'historyMessagesMax' | 'historyBytesMax'>
  /** The first message that is added gets this number, or a higher one. Default 1. */
  readonly numbersFrom?: number
}

/**
 * Opens the conversations of the node in `dir`, whose folder the caller holds; makes the database if there is none.
 * Throws `DamagedDatabaseError`, `NewerDatabaseError` or, for a cause outside of the database, `StoreError`.
 */
export function openChatStore(dir: string): ChatStore {
  const path = chatDatabasePath(dir)
  return attempt('open the database', path, () => {
    if (databaseExists(path, chatSchema)) inspect(path, () => undefined, chatSchema)
    else createDatabase(path, chatSchema)
    const db = openForWriting(path, chatSchema)
    try {
      // A database that was put aside, or restored from a backup, gives no number again that clients know.
      return new ChatStore(db, { path, numbersFrom: Date.now() })
    } catch (error) {
      db.close()
      throw error
    }
  })
}

export class ChatStore {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #tallies: Tallies
  readonly #insert: StatementSync
  readonly #deliver: StatementSync
  readonly #one: StatementSync
  readonly #waiting: StatementSync
  readonly #peers: StatementSync
  /** Until the first message of this run is added. */
  #numbersFrom: number | undefined

  constructor(db: DatabaseSync, { path, limits = defaultChatLimits, numbersFrom }: ChatStoreOptions) {
    this.#db = db
    this.#path = path
    this.#numbersFrom = numbersFrom
    this.#insert = db.prepare(
      `INSERT INTO message (number, peer, mine, id, text, written_at_ms, delayed, arrived_at_ms, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (peer, mine, id) DO NOTHING`,
    )
    this.#deliver = db.prepare('UPDATE message SET arrived_at_ms = ?, checksum = ? WHERE number = ?')
    this.#one = reading(db, `SELECT ${messageColumns} FROM message WHERE peer = ? AND mine = 1 AND id = ?`)
    this.#waiting = reading(
      db,
      `SELECT ${messageColumns} FROM message
      WHERE peer = ? AND mine = 1 AND arrived_at_ms IS NULL AND number > ? ORDER BY number LIMIT ?`,
    )
    this.#peers = reading(db, 'SELECT peer, max(number) AS last FROM message GROUP BY peer ORDER BY last DESC')
    this.#tallies = new Tallies(db, limits)
  }

  /** Keeps a message that is written here until the peer has it. Throws `ChatFullError` when too many wait for it. */
  keep(peer: PeerId, message: IncomingMessage): ChatMessage {
    const waiting = this.waitingOf(peer)
    if (waiting >= chatWire.waitingMessagesMax) throw new ChatFullError(waiting)
    return this.#write(peer, () => {
      const kept = this.#add({ ...message, peer, author: 'me', arrivedAtMs: undefined })
      if (kept === undefined) throw new Error('The id of a message is taken')
      return kept
    })
  }

  /** The message to the peer with this id that was written here; undefined if none is kept. */
  own(peer: PeerId, id: string): ChatMessage | undefined {
    return this.#attempt('read', () => this.#own(peer, id))
  }

  /** The oldest messages that wait for the peer, of those after the number. */
  waitingAfter(peer: PeerId, after: number, limit: number): ChatMessage[] {
    return this.#attempt('read', () => this.#waiting.all(peer, after, limit).map(parseMessage))
  }

  /** The peer has stored the messages with these ids. Answers those of which that is news. */
  delivered(peer: PeerId, ids: readonly string[], nowMs: number): ChatMessage[] {
    return this.#write(peer, () => ids.flatMap((id) => this.#arrived(peer, id, nowMs) ?? []))
  }

  /** Stores what came from the peer; what had come before is left out. Answers what is new. */
  received(peer: PeerId, messages: readonly IncomingMessage[], nowMs: number): ChatMessage[] {
    return this.#write(peer, () =>
      messages.flatMap((message) => this.#add({ ...message, peer, author: 'peer', arrivedAtMs: nowMs }) ?? []),
    )
  }

  /** A part of what is kept, oldest message first. */
  page({ peer, after, before = Number.MAX_SAFE_INTEGER, limit }: ChatPage): ChatMessage[] {
    const [bound, order] = after === undefined ? ['<', 'DESC'] : ['>', 'ASC']
    const ofPeer = peer === undefined ? '' : 'peer = ? AND'
    const sql = `SELECT ${messageColumns} FROM message WHERE ${ofPeer} number ${bound} ? ORDER BY number ${order} LIMIT ?`
    const values = [...(peer === undefined ? [] : [peer]), after ?? before, limit]
    return this.#attempt('read', () => {
      const messages = reading(this.#db, sql)
        .all(...values)
        .map(parseMessage)
      return after === undefined ? messages.toReversed() : messages
    })
  }

  /** With whom there are messages, the latest conversation first. */
  peers(): PeerId[] {
    return this.#attempt('read', () => this.#peers.all().map((row) => String(row['peer']) as PeerId))
  }

  /** How many messages wait for the peer. */
  waitingOf(peer: PeerId): number {
    return this.#attempt('read', () => this.#tallies.of(peer, true).waiting)
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #add(message: Omit<ChatMessage, 'number'>): ChatMessage | undefined {
    const { changes, lastInsertRowid } = this.#insert.run(this.#firstNumber(), ...messageRow(message))
    if (changes === 0) return undefined
    this.#numbersFrom = undefined
    this.#tallies.added(message)
    return { ...message, number: Number(lastInsertRowid) }
  }

  /** Null: the one after the last. */
  #firstNumber(): number | null {
    if (this.#numbersFrom === undefined) return null
    const last = Number(this.#db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'message'").get()?.['seq'] ?? 0)
    return this.#numbersFrom > last ? this.#numbersFrom : null
  }

  #own(peer: PeerId, id: string): ChatMessage | undefined {
    const row = this.#one.get(peer, Buffer.from(id, 'hex'))
    return row && parseMessage(row)
  }

  #arrived(peer: PeerId, id: string, nowMs: number): ChatMessage | undefined {
    const message = this.#own(peer, id)
    if (message === undefined || message.arrivedAtMs !== undefined) return undefined
    const arrived = { ...message, arrivedAtMs: nowMs }
    this.#deliver.run(nowMs, messageRow(arrived).at(-1)!, message.number)
    this.#tallies.arrived(peer)
    return arrived
  }

  /** All of `work` or nothing of it, and what is too much afterwards goes. */
  #write<T>(peer: PeerId, work: () => T): T {
    return this.#attempt('write to', () => {
      try {
        this.#db.exec('BEGIN IMMEDIATE')
        const result = work()
        this.#tallies.prune(peer)
        this.#db.exec('COMMIT')
        return result
      } catch (error) {
        this.#tallies.forget(peer)
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    })
  }

  #attempt<T>(action: string, work: () => T): T {
    if (!this.#db.isOpen) throw storeClosed()
    return attempt(`${action} the database`, this.#path, work)
  }
}

function attempt<T>(action: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeFailure(action, path, error, chatSchema.afresh)
  }
}

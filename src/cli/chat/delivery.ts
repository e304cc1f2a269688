import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from '../../daemon/client.ts'
import type { ChatMessageView } from '../../daemon/contract/chat.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import { withSignal } from '../../node/timing/with-signal.ts'
import { chatWire } from '../../services/chat/limits.ts'
import { checkText } from '../../services/chat/message.ts'
import { NotDeliveredError } from '../errors.ts'
import type { RetryingCalls } from '../retrying-calls.ts'
import { shown } from '../terminal/output.ts'

/** Where too many messages wait for a peer, it is tried again after so long even if nothing is heard: others may have written them. */
const fullRetryMs = 500

/** Messages that this command has written, until the other sides have them. */
export class Delivery {
  readonly #calls: RetryingCalls
  readonly #waiting = new Map<number, PeerRef>()
  /** Delivered while the answer that names their number is still under way. */
  readonly #early = new Set<number>()
  readonly #unpaired = new Set<string>()
  #isSaying = false
  #changed = Promise.withResolvers<void>()

  constructor(calls: RetryingCalls) {
    this.#calls = calls
  }

  /** Messages that were accepted and are not delivered yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Those who do not have everything yet. */
  get waitingFor(): readonly PeerRef[] {
    return [...new Map([...this.#waiting.values()].map((peer) => [peer.id, peer])).values()]
  }

  /**
   * Writes a message, once, whatever becomes of the daemon meanwhile; when too many wait for the peer, waits until it has some of them. Throws
   * `InvalidMessageError`, what the daemon answers for good, or the reason of the signal.
   */
  async say(peer: PeerRef, text: string, signal: AbortSignal): Promise<ChatMessageView> {
    checkText(text)
    const id = newMessageId()
    this.#isSaying = true
    try {
      for (;;) {
        const { promise } = this.#changed
        const message = await this.#tryToSay(peer, text, id, signal)
        if (message !== undefined) return message
        await withSignal(Promise.race([promise, sleep(fullRetryMs)]), signal)
      }
    } finally {
      this.#isSaying = false
      this.#early.clear()
    }
  }

  delivered(number: number): void {
    if (this.#isSaying) this.#early.add(number)
    this.#waiting.delete(number)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** It is no peer any more, and gets nothing that waits for it. */
  unpaired(peer: PeerRef): void {
    this.#unpaired.add(peer.id)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Resolves when everything is delivered; rejects with the reason of the signal, or `NotDeliveredError` when one that it waits for is no peer any more. */
  async all(signal: AbortSignal): Promise<void> {
    while (this.#waiting.size > 0) {
      const gone = this.waitingFor.find(({ id }) => this.#unpaired.has(id))
      if (gone !== undefined) throw noPeer(gone)
      await withSignal(this.#changed.promise, signal)
    }
  }

  /** Undefined: too many wait for the peer. */
  async #tryToSay(peer: PeerRef, text: string, id: string, signal: AbortSignal): Promise<ChatMessageView | undefined> {
    const { api } = this.#calls.control
    try {
      const message = await this.#calls.answer((attempt) => api.say(peer.id, text, id, attempt), signal)
      const isWaiting = message.deliveredAtMs === null && !this.#early.has(message.number)
      if (isWaiting) this.#waiting.set(message.number, peer)
      return message
    } catch (error) {
      if (error instanceof ApiError && error.code === 'chat-full') return undefined
      throw error
    }
  }
}

function noPeer({ name }: PeerRef): NotDeliveredError {
  return new NotDeliveredError(
    `Not everything is delivered: ${shown(name)} is no peer any more. What waits goes when it is paired again`,
  )
}

/** By which the daemon knows a message again, and then the peer. No other has it: it is drawn at random. */
export function newMessageId(): string {
  return randomBytes(chatWire.idBytes).toString('hex')
}

import { ApiError } from '../../daemon/client.ts'
import type { ChatMessageView } from '../../daemon/contract/chat.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import { withSignal } from '../../node/with-signal.ts'
import type { Control } from '../control.ts'

/** Messages that this command has written, until the other sides have them. */
export class Delivery {
  readonly #control: Control
  readonly #signal: AbortSignal
  readonly #waiting = new Map<number, PeerRef>()
  /** Delivered while the answer that names their number is still under way. */
  readonly #early = new Set<number>()
  #isSaying = false
  #changed = Promise.withResolvers<void>()

  constructor(control: Control, signal: AbortSignal) {
    this.#control = control
    this.#signal = signal
  }

  /** Those who do not have everything yet. */
  get waitingFor(): readonly PeerRef[] {
    return [...new Map([...this.#waiting.values()].map((peer) => [peer.id, peer])).values()]
  }

  /** Writes a message; when too many wait for the peer, waits until it has some of them. */
  async say(peer: PeerRef, text: string): Promise<ChatMessageView> {
    for (;;) {
      const { promise } = this.#changed
      this.#isSaying = true
      try {
        const message = await this.#control.api.say(peer.id, text, this.#signal)
        if (!this.#early.has(message.number)) this.#waiting.set(message.number, peer)
        return message
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'chat-full') throw error
      } finally {
        this.#isSaying = false
        this.#early.clear()
      }
      await withSignal(promise, this.#signal)
    }
  }

  delivered(number: number): void {
    if (this.#isSaying) this.#early.add(number)
    this.#waiting.delete(number)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Resolves when everything is delivered; rejects with the reason of the signal. */
  async all(): Promise<void> {
    while (this.#waiting.size > 0) await withSignal(this.#changed.promise, this.#signal)
  }
}

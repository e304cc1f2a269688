// What happens to pairings by code while a command looks on.
import type { PairingRequestView } from '../daemon/contract/pairing.ts'
import { PairingError } from '../pairing/messages.ts'
import type { Control } from './control.ts'
import { followEvents } from './follow-events.ts'

/** How one ended. */
export interface PairingEnd {
  readonly outcome: string
  /** Why, where it came to nothing. */
  readonly message: string
}

/** Follows the events from when `follow` resolves until it is disposed of. */
export class PairingEvents implements Disposable {
  readonly #control: Control
  readonly #over = new AbortController()
  readonly #asked = Promise.withResolvers<PairingRequestView>()
  readonly #ends = new Map<string, PairingEnd>()
  readonly #waiting = new Set<() => void>()

  private constructor(control: Control) {
    this.#control = control
    // Nobody may be waiting when the node ends.
    this.#asked.promise.catch(() => undefined)
  }

  static async follow(control: Control, signal: AbortSignal): Promise<PairingEvents> {
    const events = new PairingEvents(control)
    const began = Promise.withResolvers<void>()
    events.#run(signal, began.resolve).catch((error: Error) => {
      began.reject(error)
      events.#asked.reject(error)
    })
    await began.promise
    // One may have been asking before.
    await events.#lookForRequest()
    return events
  }

  /** The first node that asks. Rejects when one has begun to and is gone, since the node is closed then and nobody else can ask. */
  get asked(): Promise<PairingRequestView> {
    return this.#asked.promise
  }

  /** How the pairing with this node ends. */
  async ended(id: string, signal: AbortSignal): Promise<PairingEnd> {
    for (;;) {
      signal.throwIfAborted()
      const end = this.#ends.get(id)
      if (end !== undefined) return end
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
    }
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }

  async #run(signal: AbortSignal, began: () => void): Promise<void> {
    const until = AbortSignal.any([signal, this.#over.signal])
    for await (const { type, data } of followEvents(this.#control, { signal: until, began })) {
      const { id, direction, outcome, message, reason } = data
      if (type === 'pairing:requested' && direction === 'inbound') await this.#lookForRequest()
      if (type === 'pairing:open' && reason === 'tries')
        this.#asked.reject(
          new PairingError('Somebody began a pairing and did not complete it, so nobody else can ask; run it again'),
        )
      if (type === 'pairing:ended') {
        this.#ends.set(String(id), { outcome: String(outcome), message: String(message) })
        for (const resolve of this.#waiting) resolve()
        this.#waiting.clear()
      }
    }
  }

  async #lookForRequest(): Promise<void> {
    const requests = await this.#control.api.pairingRequests()
    const request = requests.find(({ direction, state }) => direction === 'inbound' && state === 'comparing')
    if (request !== undefined) this.#asked.resolve(request)
  }
}

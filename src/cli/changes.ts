import type { Control } from './control.ts'
import { followEvents } from './follow-events.ts'

/** Events come in swarms; so long is waited for the rest of one. */
const swarmMs = 50

/** That something has changed, for whoever then looks at everything anew; however much has happened until then. */
export class Changes implements Disposable {
  readonly #over = new AbortController()
  #state: 'none' | 'pending' | 'ended' = 'none'
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(control: Control, signal: AbortSignal) {
    void this.#follow(control, AbortSignal.any([signal, this.#over.signal]))
  }

  /** Resolves when there is a change to look at, or there will be none. */
  async pending(): Promise<void> {
    while (this.#state === 'none') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Takes the change, when there is one; false: there will be none. Throws what kept it from being seen. */
  async next(): Promise<boolean> {
    await this.pending()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#state === 'ended') return false
    await new Promise((resolve) => setTimeout(resolve, swarmMs))
    if (this.#state === 'pending') this.#state = 'none'
    return true
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }

  async #follow(control: Control, signal: AbortSignal): Promise<void> {
    try {
      const pending = (): void => this.#to('pending')
      const events = followEvents(control, { signal, gone: pending, back: pending })
      while ((await events.next()).done !== true) this.#to('pending')
    } catch (error) {
      this.#failure = error as Error
    }
    this.#to('ended')
  }

  #to(state: 'pending' | 'ended'): void {
    this.#state = state
    this.#wake()
  }
}

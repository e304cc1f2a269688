import type { Clock, Timer } from '../../clock.ts'
import type { HoldfastStream } from '../../node/api.ts'
import { StreamResetError } from '../../node/link/stream.ts'
import { DamagedDatabaseError, StoreClosedError, StoreError } from '../../store/errors.ts'
import { ChatViolation } from './errors.ts'
import type { ChatLimits } from './limits.ts'
import { type Outbox, Outgoing, type OutgoingEnd } from './outgoing.ts'

/** What a courier needs of the conversation that it serves. */
export interface OutboxSenderHost extends Outbox {
  readonly clock: Clock
  readonly limits: ChatLimits
  /** Messages wait for the other side. */
  readonly hasWaiting: boolean
  /** There is a link, so a stream costs no dialing. */
  readonly isConnected: boolean
  /** Opens a stream; waits for the peer. Throws while it cannot be used: paused, blocked, or no peer any more. */
  openStream(signal: AbortSignal): Promise<HoldfastStream>
  /** Nothing gets through although the peer is there. */
  hindered(error: Error): void
}

type State =
  | { readonly kind: 'resting' }
  | { readonly kind: 'opening'; readonly abort: AbortController }
  | { readonly kind: 'sending'; readonly outgoing: Outgoing }
  | { readonly kind: 'pausing'; readonly timer: Timer }
  | { readonly kind: 'stopped' }

/** Whether a person attends is told so many times to a peer that refuses the stream. */
const TELLING_TRIES_MAX = 3

/**
 * Sees to it that what waits for one peer reaches it, with one stream at a time; and that the peer knows whether a person attends here.
 *
 *     resting ──wake──▶ opening ──▶ sending ──ended in order──▶ resting
 *        ▲                 │           │ failed
 *        │ peer cannot     │           ▼
 *        └─ be used ───────┘        pausing ──time, or a new session──▶ opening
 */
export class OutboxSender {
  readonly #host: OutboxSenderHost
  #state: State = { kind: 'resting' }
  /** Streams in a row on which nothing was acknowledged. */
  #failures = 0
  /** What the peer was told last in this session; undefined if it may not have heard it. At first it takes nobody to attend. */
  #told: boolean | undefined = false

  constructor(host: OutboxSenderHost) {
    this.#host = host
  }

  /** There may be something to send, or the peer may be reached again. */
  wake(): void {
    const { kind } = this.#state
    if (kind === 'sending') this.#pump(this.#state.outgoing)
    else if (kind === 'resting' && this.#hasToSend) void this.#open()
  }

  /** A session with the peer began: it knows nothing of what it was told in an earlier one. */
  sessionBegan(): void {
    this.#told = false
    this.#failures = 0
    this.#endPause()
    this.wake()
  }

  /** The other side was just heard of: it serves the chat now. */
  heard(): void {
    this.#endPause()
    this.wake()
  }

  stop(): void {
    const state = this.#state
    this.#state = { kind: 'stopped' }
    if (state.kind === 'opening') state.abort.abort()
    if (state.kind === 'pausing') state.timer.cancel()
    if (state.kind === 'sending') state.outgoing.stop()
  }

  get #hasToSend(): boolean {
    const { hasWaiting, isConnected, hello } = this.#host
    if (hasWaiting) return true
    return isConnected && this.#told !== hello.attending && this.#failures < TELLING_TRIES_MAX
  }

  async #open(): Promise<void> {
    const abort = new AbortController()
    this.#state = { kind: 'opening', abort }
    try {
      this.#opened(await this.#host.openStream(abort.signal))
    } catch {
      // The peer is paused, blocked or gone. When that changes, somebody says so.
      if (this.#state.kind === 'opening') this.#state = { kind: 'resting' }
    }
  }

  #opened(stream: HoldfastStream): void {
    if (this.#state.kind === 'stopped') {
      stream.destroy()
      return
    }
    const { clock, limits, hello } = this.#host
    this.#told = hello.attending
    const outgoing = new Outgoing(stream, this.#host, clock, limits, (end) => this.#ended(end))
    this.#state = { kind: 'sending', outgoing }
  }

  #pump(outgoing: Outgoing): void {
    // Its end is under way and may take a round trip; what comes now needs another stream, at once.
    if (outgoing.isOver) outgoing.stop()
    else {
      this.#told = this.#host.hello.attending
      outgoing.pump()
    }
  }

  #ended({ error, acknowledged }: OutgoingEnd): void {
    if (this.#state.kind === 'stopped') return
    this.#state = { kind: 'resting' }
    if (acknowledged > 0) this.#failures = 0
    if (error !== undefined && isOfStream(error)) {
      this.#told = undefined
      this.#failures++
      this.#host.hindered(error)
      if (this.#hasToSend) this.#pause()
      return
    }
    // With the session went what was told in it. The next one may have begun already.
    if (error !== undefined) this.#told = false
    this.wake()
  }

  #pause(): void {
    const { clock, limits } = this.#host
    const delayMs = Math.min(limits.retryMsMax, limits.retryMs * 2 ** (this.#failures - 1))
    const timer = clock.after(delayMs, () => {
      this.#state = { kind: 'resting' }
      this.wake()
    })
    this.#state = { kind: 'pausing', timer }
  }

  #endPause(): void {
    if (this.#state.kind !== 'pausing') return
    this.#state.timer.cancel()
    this.#state = { kind: 'resting' }
  }
}

/** Whether an error ended this stream alone: the other side did not want it, or broke its rules, or this side could not go on. */
function isOfStream(error: Error): boolean {
  return error instanceof StreamResetError || error instanceof ChatViolation || isOfStore(error)
}

function isOfStore(error: Error): boolean {
  return error instanceof StoreError || error instanceof DamagedDatabaseError || error instanceof StoreClosedError
}

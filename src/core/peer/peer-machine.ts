import type { LossReason } from './reasons.ts'

/** Why a peer that is connected is in danger of being lost. */
export type Trouble = 'no-answer' | 'poor-health'

/** The life of a peer. Times are milliseconds since 1970. */
export type PeerState =
  /** Known, and nothing was tried yet; or held on demand, and nobody asks for it. */
  | { readonly kind: 'paired' }
  | { readonly kind: 'connecting'; readonly since: number; readonly attempt: number }
  | { readonly kind: 'connected'; readonly since: number }
  | { readonly kind: 'degraded'; readonly since: number; readonly cause: Trouble }
  | {
      readonly kind: 'disconnected'
      readonly since: number
      readonly reason: LossReason | 'unreachable'
      /** Attempts since then that came to nothing. */
      readonly attempts: number
      /** Undefined while none is planned: the peer has to come, or is held on demand. */
      readonly nextAttempt: number | undefined
    }
  | { readonly kind: 'paused'; readonly since: number }
  /** Retrying cannot cure it: the peer refused for good, or a person blocked it here (`code` is `blocked-here`). */
  | { readonly kind: 'blocked'; readonly since: number; readonly code: string; readonly message: string }

/**
 * The one place that changes a peer's state. What happens to links, dials and by people is told to it as facts; it says what that makes of the peer.
 *
 *     paired ──dial──▶ connecting ──fails──▶ disconnected ──dial──▶ connecting …
 *        │                 │                     │  ▲
 *        └──── link up ────┴──────────┬──────────┘  │ last link lost
 *                                     ▼             │
 *                                 connected ────────┤
 *                                  │     ▲          │
 *                          trouble ▼     │ none     │
 *                                 degraded ─────────┘
 *     any ──paused by a person──▶ paused ──resumed──▶ paired
 *     any ──refused for good, or blocked by a person──▶ blocked ──link up, unblocked──▶ connected, paired
 *
 * While paused or blocked, what happens to dials and to the loss of links changes nothing; neither does a dial while a link is up.
 */
export class PeerMachine {
  #state: PeerState = { kind: 'paired' }
  /** The loss that the attempts of now are about. */
  #loss: { readonly since: number; readonly reason: LossReason | 'unreachable' } | undefined
  #attempts = 0
  readonly #changed: (state: PeerState, before: PeerState) => void

  constructor(changed: (state: PeerState, before: PeerState) => void) {
    this.#changed = changed
  }

  get state(): PeerState {
    return this.#state
  }

  get isConnected(): boolean {
    return this.#state.kind === 'connected' || this.#state.kind === 'degraded'
  }

  /** No link is wanted: a person said so, or the peer. */
  get isAtRest(): boolean {
    return this.#state.kind === 'paused' || this.#state.kind === 'blocked'
  }

  dialStarted(attempt: number, wallMs: number): void {
    if (this.isConnected || this.isAtRest) return
    this.#to({ kind: 'connecting', since: wallMs, attempt })
  }

  dialFailed(nextAttempt: number | undefined, wallMs: number): void {
    if (this.isConnected || this.isAtRest) return
    this.#loss ??= { since: wallMs, reason: 'unreachable' }
    this.#attempts++
    this.#disconnected(nextAttempt)
  }

  /** When the next attempt is due has changed. */
  attemptPlanned(nextAttempt: number | undefined): void {
    if (this.#state.kind === 'disconnected' && this.#state.nextAttempt !== nextAttempt) this.#disconnected(nextAttempt)
  }

  /** At least one link is up; `trouble` is that of the best one. */
  linked(trouble: Trouble | undefined, wallMs: number): void {
    this.#loss = undefined
    this.#attempts = 0
    const { state } = this
    if (trouble === undefined) {
      if (state.kind !== 'connected') this.#to({ kind: 'connected', since: wallMs })
    } else if (state.kind !== 'degraded' || state.cause !== trouble) {
      this.#to({ kind: 'degraded', since: wallMs, cause: trouble })
    }
  }

  linksLost(reason: LossReason, nextAttempt: number | undefined, wallMs: number): void {
    if (this.isAtRest) return
    this.#loss = { since: wallMs, reason }
    this.#attempts = 0
    this.#disconnected(nextAttempt)
  }

  /** Its links are gone already. */
  paused(wallMs: number): void {
    this.#to({ kind: 'paused', since: wallMs })
  }

  /** A refusal that retrying cannot cure, or a person who wants it so. Its links are gone already. */
  blocked(code: string, message: string, wallMs: number): void {
    if (!this.isConnected) this.#to({ kind: 'blocked', since: wallMs, code, message })
  }

  /** What kept the peer at rest has ended. */
  released(): void {
    if (!this.isAtRest) return
    this.#loss = undefined
    this.#attempts = 0
    this.#to({ kind: 'paired' })
  }

  #disconnected(nextAttempt: number | undefined): void {
    if (this.#loss === undefined) return
    this.#to({ kind: 'disconnected', ...this.#loss, attempts: this.#attempts, nextAttempt })
  }

  #to(state: PeerState): void {
    const before = this.#state
    this.#state = state
    this.#changed(state, before)
  }
}

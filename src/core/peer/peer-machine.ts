/** Why a link, or the last one to a peer, was lost. A closed list. */
export type LossReason =
  | 'closed-by-peer'
  | 'connection-reset'
  | 'no-answer'
  | 'acknowledgement-stalled'
  | 'superseded'
  | 'duplicate'
  | 'protocol-error'
  | 'peer-shut-down'
  | 'peer-restarted'
  | 'session-lost'
  | 'closed-locally'

/** The life of a peer. Times are milliseconds since 1970. */
export type PeerState =
  | { readonly kind: 'paired' }
  | { readonly kind: 'connecting'; readonly since: number; readonly attempt: number }
  | { readonly kind: 'connected'; readonly since: number }
  | { readonly kind: 'degraded'; readonly since: number; readonly cause: 'no-answer' }
  | {
      readonly kind: 'disconnected'
      readonly since: number
      readonly reason: LossReason | 'unreachable'
      /** Undefined while there is no address to dial: the peer has to come. */
      readonly nextAttempt: number | undefined
    }
  | { readonly kind: 'paused'; readonly since: number }
  | { readonly kind: 'blocked'; readonly since: number; readonly code: string; readonly message: string }

/**
 * The one place that changes a peer's state.
 *
 *     paired ──dial──▶ connecting ──fails──▶ disconnected ──dial──▶ connecting …
 *        │                 │                     │  ▲
 *        └──── link up ────┴──────────┬──────────┘  │ last link lost
 *                                     ▼             │
 *                                 connected ────────┤
 *                                  │     ▲          │
 *                          suspect ▼     │ heard    │
 *                                 degraded ─────────┘
 *     any ──refused for good──▶ blocked ──link up──▶ connected
 */
export class PeerMachine {
  #state: PeerState = { kind: 'paired' }
  readonly #changed: (state: PeerState) => void

  constructor(changed: (state: PeerState) => void) {
    this.#changed = changed
  }

  get state(): PeerState {
    return this.#state
  }

  get isConnected(): boolean {
    return this.#state.kind === 'connected' || this.#state.kind === 'degraded'
  }

  dialStarted(attempt: number, wallMs: number): void {
    if (this.isConnected) return
    this.#to({ kind: 'connecting', since: wallMs, attempt })
  }

  dialFailed(nextAttempt: number | undefined, wallMs: number): void {
    if (this.isConnected || this.#state.kind === 'blocked') return
    const before = this.#lastLoss
    this.#to({
      kind: 'disconnected',
      since: before?.since ?? wallMs,
      reason: before?.reason ?? 'unreachable',
      nextAttempt,
    })
  }

  /** At least one link is up and no link that carries frames is suspect. */
  linkHealthy(wallMs: number): void {
    this.#lastLoss = undefined
    if (this.#state.kind !== 'connected') this.#to({ kind: 'connected', since: wallMs })
  }

  linkSuspect(wallMs: number): void {
    if (this.#state.kind === 'connected') this.#to({ kind: 'degraded', since: wallMs, cause: 'no-answer' })
  }

  linksLost(reason: LossReason, nextAttempt: number | undefined, wallMs: number): void {
    if (this.#state.kind === 'blocked') return
    this.#lastLoss = { since: wallMs, reason }
    this.#to({ kind: 'disconnected', since: wallMs, reason, nextAttempt })
  }

  /** A refusal that retrying cannot cure. */
  refusedForGood(code: string, message: string, wallMs: number): void {
    if (!this.isConnected) this.#to({ kind: 'blocked', since: wallMs, code, message })
  }

  #lastLoss: { readonly since: number; readonly reason: LossReason } | undefined

  #to(state: PeerState): void {
    this.#state = state
    this.#changed(state)
  }
}

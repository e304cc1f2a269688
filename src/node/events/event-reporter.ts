import type { Clock } from '../../clock.ts'
import type { Band } from '../../core/health/band.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { LinkInfo, Peer } from '../api.ts'
import type { PeerPath } from '../peer/peer-path.ts'
import type { EventStream } from './event-stream.ts'
import type { EventPeer } from './events.ts'

/** Makes events of what happens to one peer, and knows for how long it has been connected or away. */
export class PeerReporter {
  readonly #peer: Pick<Peer, 'id' | 'name' | 'state'>
  readonly #events: EventStream
  readonly #clock: Clock
  /** Since when the peer is connected, or away; undefined before the first link. */
  #sinceMs: number | undefined
  #isConnected = false

  constructor(peer: Pick<Peer, 'id' | 'name' | 'state'>, events: EventStream, clock: Clock) {
    this.#peer = peer
    this.#events = events
    this.#clock = clock
  }

  paired(): void {
    this.#events.emit({ type: 'peer:paired', peer: this.#who })
  }

  unpaired(): void {
    this.#events.emit({ type: 'peer:unpaired', peer: this.#who })
  }

  renamed(before: string): void {
    this.#events.emit({ type: 'peer:renamed', peer: this.#who, before })
  }

  configured(settings: object): void {
    this.#events.emit({ type: 'peer:settings', peer: this.#who, settings })
  }

  state(state: PeerState, before: PeerState): void {
    this.#events.emit({ type: 'peer:state', peer: this.#who, state, before })
  }

  session(): void {
    this.#events.emit({ type: 'session:new', peer: this.#who })
  }

  /** A link is attached; with the first one the peer is connected. */
  linkUp(link: LinkInfo): void {
    this.#events.emit({ type: 'link:up', peer: this.#who, link })
    if (this.#isConnected) return
    const awayMs = this.#passed()
    this.#isConnected = true
    this.#events.emit({ type: 'peer:connected', peer: this.#who, link, awayMs })
  }

  /** A link is gone after `heldMs`, and `remaining` are left. Call `disconnected` after it if none is. */
  linkLost(link: LinkInfo, reason: LossReason, heldMs: number, remaining: number): void {
    this.#events.emit({ type: 'link:lost', peer: this.#who, link, reason, heldMs, remaining })
  }

  /** The last link is gone, and the state says so. */
  disconnected(reason: LossReason): void {
    if (!this.#isConnected) return
    const heldMs = this.#passed() ?? 0
    this.#isConnected = false
    const { state } = this.#peer
    const nextAttempt = state.kind === 'disconnected' ? state.nextAttempt : undefined
    this.#events.emit({ type: 'peer:disconnected', peer: this.#who, reason, heldMs, nextAttempt })
  }

  linkActive(from: LinkInfo | undefined, to: LinkInfo): void {
    this.#events.emit({ type: 'link:active', peer: this.#who, from, to })
  }

  path(path: PeerPath, before: PeerPath): void {
    this.#events.emit({ type: 'peer:path', peer: this.#who, path, before })
  }

  healthBand(link: LinkInfo, band: Band, before: Band | undefined, score: number): void {
    this.#events.emit({ type: 'health:band', peer: this.#who, link, band, before, score })
  }

  dialFailed(attempt: number, error: unknown, addresses: readonly string[], nextAttempt: number | undefined): void {
    const { code, message } = toldOf(error)
    this.#events.emit({ type: 'dial:failed', peer: this.#who, attempt, code, message, addresses, nextAttempt })
  }

  get #who(): EventPeer {
    return { id: this.#peer.id, name: this.#peer.name }
  }

  /** How long the peer has been as it is, up to now. */
  #passed(): number | undefined {
    const nowMs = this.#clock.wallNow()
    const passedMs = this.#sinceMs === undefined ? undefined : Math.max(0, nowMs - this.#sinceMs)
    this.#sinceMs = nowMs
    return passedMs
  }
}

/** What an error says; of several in one, each different one once. */
function toldOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const told = error.errors.map(toldOf)
    return { code: told[0]!.code, message: [...new Set(told.map(({ message }) => message))].join('; ') }
  }
  if (!(error instanceof Error)) return { code: 'unknown', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  return { code, message: error.message }
}

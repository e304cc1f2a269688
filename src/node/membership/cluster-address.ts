import type { Clock } from '../../clock.ts'
import type { DialScheduleOptions } from '../../core/dial/schedule-options.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { DialLimiter } from '../dial/dial-limiter.ts'
import { type AttemptOptions, Dialer, type DialerHost } from '../dial/dialer.ts'

/**
 * Whose an address of a network is.
 *
 *     sought ──a node answered that is a peer now, or a peer said so──▶ met
 *        ◀──another answers there; it is forgotten, or missing for long──┘
 *     sought ──this node itself answered──▶ own ──the network changed──▶ sought
 */
export type ClusterPlace =
  | { readonly kind: 'own' }
  /** `before`: who was there. */
  | { readonly kind: 'sought'; readonly before: PeerId | undefined }
  /** `isMissing`: it was not connected when that was last looked at. */
  | { readonly kind: 'met'; readonly peer: PeerId; readonly isMissing: boolean }

export interface ClusterAddressHost {
  mayDial(address: ClusterAddress): boolean
  /** Makes one attempt to find out who is there, and says so by `own` or `met`. */
  attempt(address: ClusterAddress, signal: AbortSignal): Promise<void>
  failed(address: string, attempt: number, error: unknown, nextMs: number): void
}

export interface ClusterAddressOptions {
  readonly address: string
  /** See `addressKey`. */
  readonly key: string
  readonly clock: Clock
  readonly random: () => number
  readonly turns: DialLimiter
  readonly host: ClusterAddressHost
  readonly schedule: DialScheduleOptions
}

/** One address of a network, dialed for as long as it is not known who is there. */
export class ClusterAddress implements DialerHost {
  readonly address: string
  readonly key: string
  readonly #host: ClusterAddressHost
  readonly #dialer: Dialer
  /** Nobody waits for an address; who is there is a peer's affair. */
  readonly isWaitedFor = false
  readonly isAbsent = true
  readonly defersToInbound = false
  #place: ClusterPlace = { kind: 'sought', before: undefined }

  constructor({ address, key, clock, random, turns, host, schedule }: ClusterAddressOptions) {
    this.address = address
    this.key = key
    this.#host = host
    this.#dialer = new Dialer({ clock, random, turns, schedule }, this)
  }

  get place(): ClusterPlace {
    return this.#place
  }

  /** Dials after a while, and then until it is known who is there. */
  seek(graceMs: number): void {
    this.#dialer.lost(graceMs)
  }

  /** Dials at once, if it is not known who is there. */
  hurry(): void {
    this.#dialer.now()
  }

  met(peer: PeerId): void {
    this.#place = { kind: 'met', peer, isMissing: false }
    this.#dialer.connected()
  }

  seekAgain(): void {
    this.#place = { kind: 'sought', before: this.#place.kind === 'met' ? this.#place.peer : undefined }
    this.#dialer.now()
  }

  /** Who was met there is not connected, though it should be: the second time in a row it is looked for. */
  missing(isMissing: boolean): void {
    const place = this.#place
    if (place.kind !== 'met') this.#dialer.soon()
    else if (isMissing && place.isMissing) this.seekAgain()
    else this.#place = { ...place, isMissing }
  }

  /** Whether it is this node's own. */
  own(isOwn: boolean): void {
    if (isOwn) this.#place = { kind: 'own' }
    else if (this.#place.kind === 'own') this.#place = { kind: 'sought', before: undefined }
  }

  stop(): void {
    this.#dialer.stop()
  }

  // For the dialer.

  get wantsDial(): boolean {
    return this.#place.kind === 'sought' && this.#host.mayDial(this)
  }

  attempt(signal: AbortSignal, { began }: AttemptOptions): Promise<void> {
    began()
    return this.#host.attempt(this, signal)
  }

  started(): void {
    // Who is there shows at its end.
  }

  failed(error: unknown, attempt: number): void {
    // One attempt of several may have succeeded.
    if (this.#place.kind === 'sought') this.#host.failed(this.address, attempt, error, this.#dialer.nextMs)
  }
}

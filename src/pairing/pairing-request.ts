import { NodeClosedError } from '../core/errors.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Peer } from '../node/api.ts'
import type { PairingRequest } from '../node/local/nearby-api.ts'
import { PairingError, PairingRejectedError } from './messages.ts'

export interface CodeRequestOptions {
  readonly id: PeerId
  readonly name: string
  readonly address: string
  readonly direction: PairingRequest['direction']
  readonly code: string
  readonly expiresAtMs: number
  /** The person here has decided; the other side is to be told. */
  readonly decided: (isConfirmed: boolean) => void
}

/** A pairing by code, as the people see it. */
export class CodeRequest implements PairingRequest {
  readonly id: PeerId
  readonly name: string
  readonly address: string
  readonly direction: PairingRequest['direction']
  readonly code: string
  readonly expiresAtMs: number
  readonly peer: Promise<Peer>
  readonly #decided: CodeRequestOptions['decided']
  readonly #confirmed = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<Peer>()
  #state: PairingRequest['state'] = 'comparing'

  constructor({ id, name, address, direction, code, expiresAtMs, decided }: CodeRequestOptions) {
    this.id = id
    this.name = name
    this.address = address
    this.direction = direction
    this.code = code
    this.expiresAtMs = expiresAtMs
    this.#decided = decided
    this.peer = this.#ended.promise
    // Nobody has to look at it.
    this.peer.catch(() => undefined)
  }

  get state(): PairingRequest['state'] {
    return this.#state
  }

  confirm(): void {
    if (this.#state !== 'comparing') return
    this.#state = 'confirmed'
    this.#decided(true)
    this.#confirmed.resolve()
  }

  reject(): void {
    if (this.#state === 'comparing' || this.#state === 'confirmed') this.#decided(false)
  }

  // For the desk.

  /** Resolves when the person here has confirmed. */
  get confirmed(): Promise<void> {
    return this.#confirmed.promise
  }

  paired(peer: Peer): void {
    this.#state = 'paired'
    this.#ended.resolve(peer)
  }

  failed(error: Error): void {
    this.#state = 'failed'
    this.#ended.reject(error)
  }
}

/** What became of a pairing, for the events. */
export function outcomeOf(error: unknown): 'rejected' | 'rejected-by-peer' | 'failed' {
  if (!(error instanceof PairingRejectedError)) return 'failed'
  return error.by === 'self' ? 'rejected' : 'rejected-by-peer'
}

/** Why a pairing that both had begun came to nothing, for people. */
export function inWords(error: unknown): Error {
  const isSaid = [PairingError, PairingRejectedError, NodeClosedError].some((kind) => error instanceof kind)
  if (isSaid) return error as Error
  return new PairingError('The other side gave the pairing up, or the connection to it was lost; try again', {
    cause: error,
  })
}

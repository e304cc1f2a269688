import { HoldfastError } from '../../core/errors.ts'
import type { PeerId } from '../../identity/peer-id.ts'

/** Text that was given as an address is none that this transport serves. */
export class InvalidAddressError extends HoldfastError {
  readonly code = 'invalid-address'
  readonly address: string
  /** `meant`: the address that would do, if it can be guessed. `use`: what it was given for, if only some addresses do for that. */
  constructor(address: string, problem: string, meant?: string, use?: 'listen on' | 'dial') {
    const shown = address.length > 100 ? `${address.slice(0, 100)}…` : address
    super(
      `${JSON.stringify(shown)} is not an address${use === undefined ? '' : ` to ${use}`}: ${problem}. Write ${meant ?? 'it as tcp://host:port, with an IPv6 address in brackets'}`,
    )
    this.address = address
  }
}

/** The `code` of the error that ends a connection on which nothing came back, as system errors have one. */
export const NO_REPLY = 'NO_REPLY'

/** Where an attempt to connect came to its end. */
export type ConnectFailure =
  | 'name-not-found'
  | 'refused'
  | 'unreachable'
  | 'no-local-address'
  | 'timed-out'
  | 'no-reply'
  | 'closed'
  | 'not-holdfast'
  | 'failed'

const connectAdvice: Readonly<Record<ConnectFailure, string>> = {
  'name-not-found': 'its name could not be resolved; check the name and the DNS of this machine',
  refused: 'nothing listens on that port; check that the peer is running and that the port is right',
  unreachable: 'there is no route to it; check the network of both machines',
  'no-local-address':
    'this machine has no such address of its kind to dial from; check the addresses given in dialFrom',
  'timed-out': 'it does not answer; it may be off, or a firewall may drop the connection',
  'no-reply':
    'it took the connection, and not a byte came back; large packets may be lost on the way, or the program there hangs: `holdfast doctor` finds out which',
  closed: 'it closed the connection during the handshake; it may be too busy, or something between may cut connections',
  'not-holdfast': 'whatever answers there is no Holdfast node; check the port',
  failed: 'the connection failed',
}

/** No connection came about. The `cause` is the system's own error. */
export class ConnectError extends HoldfastError {
  readonly code = 'connect-failed'
  readonly address: string
  readonly reason: ConnectFailure
  constructor(address: string, reason: ConnectFailure, cause: unknown) {
    const detail = cause instanceof Error && reason === 'failed' ? ` (${cause.message})` : ''
    super(`Could not connect to ${address}: ${connectAdvice[reason]}${detail}`, { cause })
    this.address = address
    this.reason = reason
  }
}

/** Somebody else answers at the address: a Holdfast node with another identity. */
export class WrongPeerError extends HoldfastError {
  readonly code = 'wrong-peer'
  readonly address: string
  readonly expected: PeerId
  readonly actual: PeerId
  constructor(address: string, expected: PeerId, actual: PeerId) {
    super(
      `At ${address} answers ${actual} and not ${expected}; the address may have passed to another machine, ` +
        'or that peer has a new identity and must be paired anew',
    )
    this.address = address
    this.expected = expected
    this.actual = actual
  }
}

/** The node cannot listen where it was told to. */
export class ListenError extends HoldfastError {
  readonly code = 'listen-failed'
  readonly address: string
  constructor(address: string, cause: unknown) {
    super(`Could not listen on ${address}: ${listenAdvice(cause)}`, { cause })
    this.address = address
  }
}

/** The handshake above the transport did not come to its end in time. */
export class HandshakeTimeoutError extends HoldfastError {
  readonly code = 'handshake-timeout'
  constructor(limitMs: number) {
    super(`The other side connected but did not finish the handshake within ${limitMs / 1000} s`)
  }
}

/** The channel is gone, so it has no keys to derive anything from. */
export class ChannelClosedError extends HoldfastError {
  readonly code = 'channel-closed'
  constructor() {
    super('The connection has closed; connect again')
  }
}

/** What an error of the system says about an attempt to connect. */
export function connectFailure(error: unknown): ConnectFailure {
  const code = errorCode(error) ?? ''
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'ENODATA':
      return 'name-not-found'
    case 'ECONNREFUSED':
      return 'refused'
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
    case 'ENETDOWN':
    case 'EHOSTDOWN':
      return 'unreachable'
    case NO_REPLY:
      return 'no-reply'
    case 'ETIMEDOUT':
    case 'ERR_SOCKET_CONNECTION_TIMEOUT':
      return 'timed-out'
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return 'closed'
    default:
      return code === 'EPROTO' || code.startsWith('ERR_SSL_') ? 'not-holdfast' : 'failed'
  }
}

function listenAdvice(cause: unknown): string {
  switch (errorCode(cause)) {
    case 'EADDRINUSE':
      return 'another program has that port; choose another, or 0 for any'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address; use tcp://0.0.0.0:4001 or tcp://[::]:4001 to listen on all that it has, or port 0 for any'
    case 'EACCES':
      return 'this user may not use that port; choose one above 1023'
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}

/** The `code` of a system error; of several (one for each address that was tried), that of the first. */
function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

import { HoldfastError } from '../core/errors.ts'
import type { RefusalCode } from '../core/frame/constants.ts'
import { visible } from '../core/visible.ts'

/** No paired peer has this id. */
export class UnknownPeerError extends HoldfastError {
  readonly code = 'unknown-peer'
  constructor(id: string) {
    super(`No paired peer has the id "${id}"; pair with it first, or look at the list of peers`)
  }
}

/** The other side refused the link. */
export class RefusedError extends HoldfastError {
  readonly code = 'refused'
  /** The wire's code (SPEC.md, section 3). */
  readonly refusal: RefusalCode
  /** What the refusing side said, with control characters made visible. */
  readonly text: string
  constructor(refusal: RefusalCode, said: string) {
    const text = visible(said)
    super(`The peer refused the connection (${refusal})${text === '' ? '' : `: ${text}`}`)
    this.refusal = refusal
    this.text = text
  }
}

/** Two machines run one identity. */
export class IdentityInUseError extends HoldfastError {
  readonly code = 'identity-in-use'
}

/** Nothing that was tried led to the peer. */
export class UnreachableError extends HoldfastError {
  readonly code = 'unreachable'
  constructor(what: string, options?: ErrorOptions) {
    super(`${what}; check that it runs and that its addresses are right`, options)
  }
}

/** What was dialed for another node is an address of this one. */
export class OwnAddressError extends HoldfastError {
  readonly code = 'own-address'
  readonly address: string
  constructor(address: string) {
    super(
      `${address} leads to this node itself, which listens on the same port and has the same address on one of its interfaces; ` +
        'the other node has to be dialed at another of its addresses',
    )
    this.address = address
  }
}

/** The peer cannot be used until people do something about it. */
export class PeerBlockedError extends HoldfastError {
  readonly code = 'peer-blocked'
}

/** The peer was paused by a person here. */
export class PeerPausedError extends HoldfastError {
  readonly code = 'peer-paused'
  constructor(name: string) {
    super(`The peer ${name} is paused; resume it first`)
  }
}

/** A message was to be sent to a peer that has no link at this moment. */
export class NotConnectedError extends HoldfastError {
  readonly code = 'not-connected'
  constructor(name: string) {
    super(`The peer ${name} is not connected; wait for peer.connected(), or open a stream, which waits for it`)
  }
}

/** A peer that is connected has not taken a message. */
export class NotTakenError extends HoldfastError {
  readonly code = 'not-taken'
  constructor(name: string, protocol: string, why: string, options?: ErrorOptions) {
    super(`The peer ${name} did not take the message of ${JSON.stringify(protocol)}: ${why}`, options)
  }
}

/** The keys of a pairing were asked for, and there is none. */
export class NoPairingKeysError extends HoldfastError {
  readonly code = 'no-pairing-keys'
  constructor(name: string) {
    super(`There are no keys for ${name}, which is not paired with this node; pair with it by a ticket or a code first`)
  }
}

/** The node has as many peers or links as it may have. */
export class NodeFullError extends HoldfastError {
  readonly code = 'node-full'
}

/** The node at an address does not know the secret of this node's network. */
export class NotMemberError extends HoldfastError {
  readonly code = 'not-a-member'
  constructor(address: string) {
    super(`The node at ${address} is not a member of this network; check that both have the same network secret`)
  }
}

/** An argument of the library's own functions is out of its range. */
export class InvalidArgumentError extends HoldfastError {
  readonly code = 'invalid-argument'
}

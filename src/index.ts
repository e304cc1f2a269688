/**
 * Holdfast keeps peers connected: two machines pair once, and from then on hold one secure session that outlives every connection under it.
 * @module
 */
export {
  HoldfastError,
  NodeClosedError,
  PeerRestartedError,
  PeerShutDownError,
  ProtocolError,
  RefusedByPeerError,
  SessionLostError,
} from './core/errors.ts'
export type { LossReason, PeerState } from './core/peer/peer-machine.ts'
export { type PeerId, parsePeerId } from './identity/peer-id.ts'
export type * from './node/api.ts'
export {
  InvalidArgumentError,
  PeerBlockedError,
  RefusedError,
  UnknownPeerError,
  UnreachableError,
} from './node/errors.ts'
export { open } from './node/open.ts'
export { StreamResetError } from './node/stream.ts'
export { PairingError } from './pairing/messages.ts'

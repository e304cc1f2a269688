/**
 * Holdfast keeps peers connected: two machines pair once, and from then on hold one secure session that outlives every connection under it.
 * @module
 */

export type { AddressOutcome, AddressSource, AddressStanding, KnownAddress } from './core/dial/address-book.ts'
export type { AddressKind } from './core/dial/address-kind.ts'
export type { DialOrder, Direction } from './core/dial/direction.ts'
export type { DialScheduleOptions } from './core/dial/schedule-options.ts'
export {
  HoldfastError,
  NodeClosedError,
  PeerRestartedError,
  PeerShutDownError,
  ProtocolError,
  RefusedByPeerError,
  SessionLostError,
} from './core/errors.ts'
export type { Band, Trend } from './core/health/band.ts'
export type { HealthEntry } from './core/health/history.ts'
export type { KeepAlive } from './core/health/keep-alive.ts'
export type { PeerHealth } from './core/health/peer-health.ts'
export type { PeerState } from './core/peer/peer-machine.ts'
export { type LossReason, lossReasons } from './core/peer/reasons.ts'
export type { DiscoveryState } from './discovery/discovery.ts'
export { DamagedIdentityError, ExposedIdentityError, IdentityNotSavedError } from './identity/identity-file.ts'
export { InvalidNameError } from './identity/name.ts'
export { InvalidPeerIdError, type PeerId, parsePeerId } from './identity/peer-id.ts'
export type { PairingKeys } from './identity/proof.ts'
export { InvalidTicketError } from './identity/ticket.ts'
export type * from './node/api.ts'
export type {
  BroadcastHandler,
  BroadcastOptions,
  BroadcastResult,
  BroadcastSource,
  SendOptions,
} from './node/broadcast.ts'
export type { BroadcastRelayOptions } from './node/broadcast-relay.ts'
export type { DialReport, EventReport, StreamReport } from './node/diagnostics.ts'
export {
  IdentityInUseError,
  InvalidArgumentError,
  NodeFullError,
  NoPairingKeysError,
  NotConnectedError,
  NotMemberError,
  NotTakenError,
  OwnAddressError,
  PeerBlockedError,
  PeerPausedError,
  RefusedError,
  UnknownPeerError,
  UnreachableError,
} from './node/errors.ts'
export { explain, type Reason } from './node/event-explain.ts'
export { describeEvent, describeState } from './node/event-text.ts'
export type { EventPeer, NodeEvent, NodeEventType } from './node/events.ts'
export type { Logger } from './node/log.ts'
export type * from './node/nearby-api.ts'
export { open } from './node/open.ts'
export type { PeerPath } from './node/path.ts'
export type { ProbeResult } from './node/probe.ts'
export { StreamResetError } from './node/stream.ts'
export { PairingError, PairingRejectedError } from './pairing/messages.ts'
export {
  DamagedDatabaseError,
  FolderInUseError,
  InvalidRecordError,
  NewerDatabaseError,
  StoreClosedError,
  StoreError,
} from './store/errors.ts'
export {
  ConnectError,
  InvalidAddressError,
  ListenError,
  WrongPeerError,
} from './transport/tcp-errors.ts'

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
} from './node/broadcast/broadcast.ts'
export type { ProbeResult } from './node/dial/probe.ts'
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
export type { DialReport, EventReport, StreamReport } from './node/events/diagnostics.ts'
export { explain, type Reason } from './node/events/event-explain.ts'
export { describeEvent, describeState } from './node/events/event-text.ts'
export type { EventPeer, NodeEvent, NodeEventType } from './node/events/events.ts'
export type { Logger } from './node/events/log.ts'
export { StreamResetError } from './node/link/stream.ts'
export type * from './node/local/nearby-api.ts'
export { open } from './node/open.ts'
export type {
  BroadcastRelayOptions,
  DiscoveryOptions,
  GuestOptions,
  NetworkOptions,
  NodeTuning,
  OpenOptions,
} from './node/options.ts'
export type { PeerPath } from './node/peer/peer-path.ts'
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
} from './transport/tcp/tcp-errors.ts'

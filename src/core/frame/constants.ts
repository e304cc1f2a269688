// The constants of SPEC.md that both sides must share. Choices of this implementation stand in session/limits.ts.

/** Bytes before a frame's body: length u24, type u8. */
export const FRAME_HEADER_BYTES = 4
/** Bytes of a DATA frame before its payload: header, sequence, stream, offset. */
export const DATA_HEADER_BYTES = 20
/** A whole DATA frame fits 64 KiB, which is four full TLS records. */
export const DATA_BODY_BYTES_MAX = 65_532
export const DATA_PAYLOAD_BYTES_MAX = 65_516
export const BODY_BYTES_MAX = 8_192

/** Sequence numbers that may be unacknowledged at a time, in each direction. */
export const UNACKNOWLEDGED_FRAMES_MAX = 16_384
export const ACKNOWLEDGEMENT_RANGES_MAX = 32
export const HELD_LINKS_MAX = 16
/** So many links may a broadcast message go over, all in all. */
export const BROADCAST_HOPS_MAX = 16

export const FIRST_STREAM_WINDOW_BYTES = 262_144
export const FIRST_SESSION_WINDOW_BYTES = 1_048_576
export const FIRST_STREAMS_LIMIT = 1_024

export const NAME_BYTES_MAX = 64
export const ADDRESSES_MAX = 16
export const TEXT_BYTES_MAX = 255
export const FEATURES_MAX = 64
export const NETWORK_PROOF_BYTES = 32
export const PRIORITIES = 8
export const DEFAULT_PRIORITY = 4

/** The highest minor version of the protocol that is spoken here. */
export const MINOR_VERSION = 3

/** What a greeting says that the other side is to its sender, in the field `relation`; paired without it. */
export const relations = { member: 1, guest: 2 } as const

/** What HELLO says in the field `pairing` to pair by code. */
export const PAIRING_BY_CODE = 1

/** What a greeting may offer; what both offer is in force. The numbers are the wire's. */
export const features = { status: 1 } as const

export const frameTypes = {
  hello: 0x01,
  answer: 0x02,
  refuse: 0x03,
  attach: 0x04,
  ack: 0x05,
  ping: 0x06,
  pong: 0x07,
  close: 0x08,
  status: 0x10,
  data: 0x20,
  open: 0x21,
  fin: 0x22,
  reset: 0x23,
  stop: 0x24,
  window: 0x25,
  sessionWindow: 0x26,
  streams: 0x27,
} as const

/** Why a handshake is refused. The numbers are the wire's. */
export const refusals = {
  'not-paired': 1,
  version: 2,
  'identity-in-use': 3,
  'stale-attach': 4,
  busy: 5,
  'ticket-refused': 6,
  malformed: 7,
  'shutting-down': 8,
  blocked: 9,
  paused: 10,
  full: 11,
  'pairing-closed': 12,
} as const
export type RefusalCode = keyof typeof refusals

/** Why a link or session is closed on purpose. The numbers are the wire's. */
export const closings = {
  duplicate: 1,
  'shutting-down': 2,
  violation: 3,
  'not-wanted': 4,
  unpaired: 5,
  'identity-in-use': 6,
  'session-lost': 7,
  paused: 8,
  blocked: 9,
} as const
export type CloseCode = keyof typeof closings

/** Codes of RESET and STOP that the protocol itself uses; applications take theirs from 256 up. */
export const resetCodes = { closed: 0, aborted: 1, noHandler: 2, notAllowed: 3, internal: 4 } as const

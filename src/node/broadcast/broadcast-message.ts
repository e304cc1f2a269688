import { decodeText, encodeText } from '../../core/frame/bytes.ts'
import { BROADCAST_HOPS_MAX } from '../../core/frame/constants.ts'
import { type PeerId, peerIdFromPublicKey, publicKeyOf } from '../../identity/peer-id.ts'

/** The protocol of the streams that carry one broadcast message each (SPEC.md, section 15). */
export const BROADCAST_PROTOCOL = 'holdfast/broadcast/1'

/** The largest content of a message. */
export const BROADCAST_BYTES_MAX = 65_536

const VERSION = 1
const ID_BYTES = 16
const KEY_BYTES = 32
const PROTOCOL_AT = 2 + ID_BYTES + KEY_BYTES + 1

export interface BroadcastHeader {
  /** How many links further the message may go after the one that it came on. */
  readonly hopsLeft: number
  /** Sixteen random bytes, as hexadecimal text. */
  readonly id: string
  /** Who sent it first, or so it is said. */
  readonly origin: PeerId
  readonly protocol: string
  /** Where the content begins. */
  readonly bytes: number
}

export function encodeBroadcast(header: Omit<BroadcastHeader, 'bytes'>, content: Uint8Array): Uint8Array {
  const protocol = encodeText(header.protocol)
  const bytes = new Uint8Array(PROTOCOL_AT + protocol.length + content.length)
  bytes[0] = VERSION
  bytes[1] = header.hopsLeft
  bytes.set(Buffer.from(header.id, 'hex'), 2)
  bytes.set(publicKeyOf(header.origin), 2 + ID_BYTES)
  bytes[PROTOCOL_AT - 1] = protocol.length
  bytes.set(protocol, PROTOCOL_AT)
  bytes.set(content, PROTOCOL_AT + protocol.length)
  return bytes
}

/** Reads the beginning of a message: undefined while there is too little of it, `malformed` if it can be none. */
export function decodeBroadcast(bytes: Uint8Array): BroadcastHeader | 'malformed' | undefined {
  const [version, hopsLeft = 0] = bytes
  if ((version ?? VERSION) !== VERSION || hopsLeft >= BROADCAST_HOPS_MAX) return 'malformed'
  const length = bytes[PROTOCOL_AT - 1]
  if (length === 0) return 'malformed'
  if (length === undefined || bytes.length < PROTOCOL_AT + length) return undefined
  try {
    return {
      hopsLeft,
      id: Buffer.from(bytes.subarray(2, 2 + ID_BYTES)).toString('hex'),
      origin: peerIdFromPublicKey(Uint8Array.from(bytes.subarray(2 + ID_BYTES, PROTOCOL_AT - 1))),
      protocol: decodeText(bytes.subarray(PROTOCOL_AT, PROTOCOL_AT + length)),
      bytes: PROTOCOL_AT + length,
    }
  } catch {
    return 'malformed'
  }
}

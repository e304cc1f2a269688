// The six digits by which people see that nobody stands between their two nodes (SPEC.md, section 17): a short authentication string, agreed on by commitment, then
// opening, as in ZRTP (RFC 6189, sections 4.4.1.1 and 4.5.2), in Bluetooth's numeric comparison (Core Specification 5.4, volume 3, part H, 2.3.5.6.2) and in Matrix's
// SAS verification. The side that commits does so before it sees what the other one drew, and the other one draws before it sees what was committed to: a man in the
// middle, who has to take a part in both conversations, fixes his own share of each code before he knows the honest share, and so cannot make two codes equal.
import { createHash, hkdfSync } from 'node:crypto'
import { type PeerId, publicKeyOf } from './peer-id.ts'
import { directionKeys, type PairingKeys, pairingBytes } from './proof.ts'

/** The label under which the channel's secret is exported for pairing by code. */
export const codeExporterLabel = 'EXPORTER-holdfast-pairing-code'

/** The channel that the two sides meet on. Both have the same. */
export interface CodeChannel {
  /** What `Channel.exportKeyingMaterial(codeExporterLabel, pairingBytes)` answers; no two channels have the same. */
  readonly exporter: Uint8Array
  readonly initiator: PeerId
  readonly issuer: PeerId
}

/** The channel, and what each side drew. */
export interface CodeTranscript extends CodeChannel {
  readonly initiatorNonce: Uint8Array
  readonly issuerNonce: Uint8Array
}

/** What the initiator sends first. It binds the nonce, and the channel, so that nobody can pass it on. */
export function codeCommitment(channel: CodeChannel, initiatorNonce: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update('holdfast pairing commitment')
  return hash.update(channelBytes(channel)).update(initiatorNonce).digest()
}

/** Six digits, each of the million as likely as any other: 48 bits modulo 10⁶ favour none by more than 4 in 10⁹. */
export function pairingCode({ initiatorNonce, issuerNonce, ...channel }: CodeTranscript): string {
  const nonces = Buffer.concat([initiatorNonce, issuerNonce])
  const info = Buffer.concat([Buffer.from('holdfast pairing code'), idBytes(channel)])
  const bits = Buffer.from(hkdfSync('sha256', nonces, channel.exporter, info, 6))
  return String(bits.readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
}

/** The two keys that the pairing leaves behind. The secret is that of the channel: only its two ends have it. */
export function codeKeys(transcript: CodeTranscript, role: 'initiator' | 'issuer'): PairingKeys {
  const { exporter, initiatorNonce, issuerNonce } = transcript
  const bound = Buffer.concat([channelBytes(transcript), initiatorNonce, issuerNonce])
  return directionKeys(exporter, bound, role)
}

/** Every part has a fixed length, so two transcripts never read alike. */
function channelBytes(channel: CodeChannel): Uint8Array {
  if (channel.exporter.length !== pairingBytes) throw new RangeError(`A channel exports ${pairingBytes} bytes here`)
  return Buffer.concat([channel.exporter, idBytes(channel)])
}

function idBytes({ initiator, issuer }: Pick<CodeChannel, 'initiator' | 'issuer'>): Uint8Array {
  return Buffer.concat([publicKeyOf(initiator), publicKeyOf(issuer)])
}

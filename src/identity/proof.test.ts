import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { generateIdentity } from './identity.ts'
import {
  applicationKeys,
  initiatorProof,
  issuerProof,
  type PairingTranscript,
  pairingKeys,
  proofEquals,
} from './proof.ts'

const secret = new Uint8Array(16).fill(5)
const [alice, bob] = [generateIdentity(), generateIdentity()]
const transcript: PairingTranscript = {
  exporter: new Uint8Array(32).fill(1),
  ticketNumber: new Uint8Array(8).fill(2),
  initiator: alice.id,
  issuer: bob.id,
  initiatorNonce: new Uint8Array(32).fill(3),
  issuerNonce: new Uint8Array(32).fill(4),
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('pairing proofs', () => {
  it('are what SPEC.md says', () => {
    const { exporter, ticketNumber, initiatorNonce, issuerNonce } = transcript
    const t = Buffer.concat([exporter, ticketNumber, alice.publicKey, bob.publicKey, initiatorNonce, issuerNonce])
    const k = new Uint8Array(hkdfSync('sha256', secret, exporter, 'holdfast pairing proof', 32))
    const mac = (purpose: string): string => hex(createHmac('sha256', k).update(purpose).update(t).digest())
    expect(hex(initiatorProof(secret, transcript))).toBe(mac('holdfast pairing response'))
    expect(hex(issuerProof(secret, transcript))).toBe(mac('holdfast pairing completion'))
    const key = new Uint8Array(hkdfSync('sha256', secret, t, 'holdfast pairing key initiator', 32))
    expect(hex(pairingKeys(secret, transcript, 'initiator').send)).toBe(hex(key))
  })

  it('differ as soon as anything differs that they are bound to', () => {
    const changes: Partial<PairingTranscript>[] = [
      {},
      { exporter: new Uint8Array(32) },
      { ticketNumber: new Uint8Array(8) },
      { initiator: bob.id, issuer: alice.id },
      { initiator: generateIdentity().id },
      { issuer: generateIdentity().id },
      { initiatorNonce: new Uint8Array(32) },
      { issuerNonce: new Uint8Array(32) },
      { initiatorNonce: transcript.issuerNonce, issuerNonce: transcript.initiatorNonce },
    ]
    const all = changes.flatMap((change) => {
      const changed = { ...transcript, ...change }
      const keys = pairingKeys(secret, changed, 'initiator')
      return [initiatorProof(secret, changed), issuerProof(secret, changed), keys.send, keys.receive].map(hex)
    })
    all.push(hex(initiatorProof(new Uint8Array(16), transcript)), hex(issuerProof(new Uint8Array(16), transcript)))
    expect(new Set(all).size).toBe(all.length)
  })

  it('are compared whole', () => {
    const proof = initiatorProof(secret, transcript)
    expect(proofEquals(proof, Uint8Array.from(proof))).toBe(true)
    expect(proofEquals(proof, proof.with(31, proof[31]! ^ 1))).toBe(false)
    expect(proofEquals(proof, proof.subarray(0, 31))).toBe(false)
    expect(proofEquals(proof, new Uint8Array(0))).toBe(false)
  })

  it('leave two keys, each side sending with what the other receives with', () => {
    const initiator = pairingKeys(secret, transcript, 'initiator')
    const issuer = pairingKeys(secret, transcript, 'issuer')
    expect([hex(initiator.send), hex(initiator.receive)]).toEqual([hex(issuer.receive), hex(issuer.send)])
    expect(hex(initiator.send)).not.toBe(hex(initiator.receive))
    expect([initiator.send.length, initiator.receive.length]).toEqual([32, 32])
  })

  it('leave keys for applications, which are what SPEC.md says, and never those of the pairing', () => {
    const keys = pairingKeys(secret, transcript, 'initiator')
    const { send, receive } = applicationKeys(keys, 'notes/1 backup')
    const derived = (key: Uint8Array, label: string): string =>
      hex(new Uint8Array(hkdfSync('sha256', key, '', `holdfast application key ${label}`, 32)))
    expect([hex(send), hex(receive)]).toEqual([
      derived(keys.send, 'notes/1 backup'),
      derived(keys.receive, 'notes/1 backup'),
    ])
    const all = [keys, applicationKeys(keys, 'a'), applicationKeys(keys, 'b')].flatMap((pair) => [
      hex(pair.send),
      hex(pair.receive),
    ])
    expect(new Set(all).size).toBe(all.length)
  })

  it('take labels of 1 to 255 whole bytes', () => {
    const keys = pairingKeys(secret, transcript, 'issuer')
    expect(() => applicationKeys(keys, '')).toThrow(RangeError)
    expect(() => applicationKeys(keys, 'é'.repeat(128))).toThrow(RangeError)
    expect(() => applicationKeys(keys, '\ud800')).toThrow(RangeError)
    expect(applicationKeys(keys, 'x'.repeat(255)).send).toHaveLength(32)
  })

  it('take parts of the right lengths only', () => {
    expect(() => initiatorProof(secret, { ...transcript, exporter: new Uint8Array(31) })).toThrow(RangeError)
    expect(() => issuerProof(secret, { ...transcript, issuerNonce: new Uint8Array(33) })).toThrow(RangeError)
    expect(() => issuerProof(secret, { ...transcript, ticketNumber: new Uint8Array(9) })).toThrow(RangeError)
  })
})

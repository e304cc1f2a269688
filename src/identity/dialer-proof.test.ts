import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { DialerProofError, dialerProofBytes, proveDialer, verifyDialer } from './dialer-proof.ts'
import { generateIdentity } from './identity.ts'

const [alice, bob, mallory] = [generateIdentity(), generateIdentity(), generateIdentity()]
const exporter = randomBytes(32)

it('shows the listener who dialed', () => {
  const proof = proveDialer(alice, bob.id, exporter)
  expect(proof).toHaveLength(dialerProofBytes)
  expect(verifyDialer(proof, bob.id, exporter)).toBe(alice.id)
})

it('is worth nothing on another channel, to another listener, under another name, or with a byte changed', () => {
  const proof = proveDialer(alice, bob.id, exporter)
  const renamed = Buffer.concat([mallory.publicKey, proof.subarray(32)])
  const changed = Buffer.from(proof)
  changed.writeUInt8(changed.readUInt8(95) ^ 1, 95)
  expect(() => verifyDialer(proof, bob.id, randomBytes(32))).toThrow(DialerProofError)
  expect(() => verifyDialer(proof, mallory.id, exporter)).toThrow(DialerProofError)
  for (const bytes of [renamed, changed, proof.subarray(0, 95), Buffer.alloc(96)])
    expect(() => verifyDialer(bytes, bob.id, exporter)).toThrow(DialerProofError)
})

it('cannot be sent back to the one who made it', () => {
  expect(() => verifyDialer(proveDialer(alice, bob.id, exporter), alice.id, exporter)).toThrow(DialerProofError)
})

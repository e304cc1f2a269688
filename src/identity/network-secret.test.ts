import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { NetworkSecret, NetworkSecretError, type ProvenChannel } from './network-secret.ts'
import { peerIdFromPublicKey, publicKeyOf } from './peer-id.ts'

const text = 'b7f0c2a94d6e8135b7f0c2a94d6e8135'
const alice = peerIdFromPublicKey(new Uint8Array(32).fill(1))
const bob = peerIdFromPublicKey(new Uint8Array(32).fill(2))
const mallory = peerIdFromPublicKey(new Uint8Array(32).fill(3))

/** One end of a channel; the two ends of one have the same `secret`. */
function end(direction: ProvenChannel['direction'], remoteId = bob, secret = 'channel 1'): ProvenChannel {
  return {
    direction,
    remoteId,
    exportKeyingMaterial: (label, length) =>
      createHash('sha256').update(`${secret} ${label}`).digest().subarray(0, length),
  }
}

describe('P5: the proof of a network secret', () => {
  const dialing = new NetworkSecret(text, alice)
  const listening = new NetworkSecret(text, bob)

  it('convinces the other side, in both directions', () => {
    const hello = dialing.prove(end('outbound', bob))
    expect(hello).toHaveLength(32)
    expect(listening.isProven(end('inbound', alice), hello)).toBe(true)
    const answer = listening.prove(end('inbound', alice))
    expect(dialing.isProven(end('outbound', bob), answer)).toBe(true)
  })

  it('is what SPEC.md says', () => {
    const key = new Uint8Array(hkdfSync('sha256', text, '', 'holdfast network key', 32))
    const exported = end('outbound').exportKeyingMaterial('EXPORTER-holdfast-network', 32)
    const expected = (role: string) =>
      createHmac('sha256', key)
        .update(
          Buffer.concat([Buffer.from(`holdfast network ${role}`), exported, publicKeyOf(alice), publicKeyOf(bob)]),
        )
        .digest()
    expect(Buffer.from(dialing.prove(end('outbound', bob)))).toEqual(expected('dialer'))
    expect(Buffer.from(listening.prove(end('inbound', alice)))).toEqual(expected('listener'))
  })

  it('is worth nothing on another channel, for other identities, in the other role, or changed', () => {
    const proof = dialing.prove(end('outbound', bob))
    const accepted = (channel: ProvenChannel, given: Uint8Array | undefined = proof) =>
      listening.isProven(channel, given)
    expect(accepted(end('inbound', alice))).toBe(true)
    expect(accepted(end('inbound', alice, 'channel 2'))).toBe(false)
    expect(accepted(end('inbound', mallory))).toBe(false)
    expect(new NetworkSecret(text, mallory).isProven(end('inbound', alice), proof)).toBe(false)
    expect(accepted(end('outbound', alice))).toBe(false)
    expect(dialing.isProven(end('outbound', bob), proof), 'sent back').toBe(false)
    expect(listening.isProven(end('inbound', alice), undefined)).toBe(false)
    expect(accepted(end('inbound', alice), proof.subarray(0, 31))).toBe(false)
    for (let at = 0; at < proof.length; at++) {
      const changed = Uint8Array.from(proof)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(accepted(end('inbound', alice), changed)).toBe(false)
    }
  })

  it('convinces nobody of another secret', () => {
    const other = new NetworkSecret(`${text}.`, bob)
    expect(other.isProven(end('inbound', alice), dialing.prove(end('outbound', bob)))).toBe(false)
  })
})

describe('P5: a network secret', () => {
  const proof = (secret: string) => Buffer.from(new NetworkSecret(secret, alice).prove(end('outbound'))).toString('hex')

  it('is the same with the line break of a file, and however its letters are composed', () => {
    expect(proof(` ${text}\r\n`)).toBe(proof(text))
    expect(proof('Zoë kennt den Weg nach Hause')).toBe(proof('Zoe\u0308 kennt den Weg nach Hause'))
    expect(proof(text.toUpperCase())).not.toBe(proof(text))
  })

  it.each([
    ['is empty', '', /has 0 characters and must have at least 16/],
    ['is short', 'abcdefghijklmno', /has 15 characters and must have at least 16/],
    ['is short but for spaces', 'abcdefghijklmno   ', /has 15 characters/],
    ['is short in characters, not in units', '𝓏𝓎𝓍𝓌𝓋𝓊𝓉𝓈', /has 8 characters/],
    ['repeats itself', 'abababababababababab', /repeats a few characters/],
    ['is huge', 'abcdefgh'.repeat(1_000_000), /more than 1024 characters/],
    ['is too long', `${'abcdefgh'.repeat(128)}.`, /more than 1024 characters/],
    ['holds half a character', `${text}\ud800`, /half characters/],
  ])('that %s is refused, with the way to a good one, and is not shown', (_, secret, message) => {
    const make = () => new NetworkSecret(secret, alice)
    expect(make).toThrow(NetworkSecretError)
    expect(make).toThrow(message)
    expect(make).toThrow(/openssl rand -hex 32/)
    expect(make).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('abab'), code: 'network-secret' }),
    )
  })

  it.each([['abcdefghijklmnop'], [text], ['abcdefgh'.repeat(128)]])('of %s characters is taken', (secret) => {
    expect(() => new NetworkSecret(secret, alice)).not.toThrow()
  })
})

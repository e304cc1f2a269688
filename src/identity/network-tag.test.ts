import { createHmac, scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { NETWORK_TAG, NetworkTags } from './network-tag.ts'
import { peerIdFromPublicKey, publicKeyOf } from './peer-id.ts'

const secret = 'b7f0c2a94d6e8135b7f0c2a94d6e8135'
const alice = peerIdFromPublicKey(new Uint8Array(32).fill(1))
const bob = peerIdFromPublicKey(new Uint8Array(32).fill(2))
const nonce = (fill: number): Uint8Array => new Uint8Array(8).fill(fill)

describe('P5: the tag of a member on the local network', () => {
  const tags = new NetworkTags(`${secret}\n`)
  const tag = tags.make(alice, nonce(3))

  it('is what SPEC.md says', () => {
    const key = scryptSync(secret, 'holdfast network tag', 32, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 26 })
    const mac = createHmac('sha256', key).update(nonce(3)).update(publicKeyOf(alice)).digest('hex').slice(0, 16)
    expect(tag).toBe(`0303030303030303${mac}`)
    expect(tag).toMatch(NETWORK_TAG)
  })

  it('is recognised by whoever knows the secret, for that id alone', () => {
    expect(new NetworkTags(secret).isRecognised(alice, tag)).toBe(true)
    expect(tags.isRecognised(bob, tag)).toBe(false)
    expect(new NetworkTags(`${secret}.`).isRecognised(alice, tag)).toBe(false)
  })

  it('is not recognised when any digit of it is another, or when it is none', () => {
    for (let at = 0; at < tag.length; at++) {
      const digit = tag[at] === '0' ? '1' : '0'
      expect(tags.isRecognised(alice, tag.slice(0, at) + digit + tag.slice(at + 1))).toBe(false)
    }
    for (const none of [undefined, '', tag.slice(2), `${tag}00`, tag.toUpperCase(), 'x'.repeat(32)])
      expect(tags.isRecognised(alice, none)).toBe(false)
  })

  it('has nothing in common with that of another member, or of another run', () => {
    const others = [tags.make(bob, nonce(3)), tags.make(alice, nonce(4))]
    for (const other of others) expect(other.slice(16)).not.toBe(tag.slice(16))
    expect(tags.isRecognised(alice, others[1])).toBe(true)
  })
})

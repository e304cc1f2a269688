import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  comparePeerIds,
  type InvalidPeerIdError,
  type PeerId,
  parsePeerId,
  peerIdFromPublicKey,
  publicKeyOf,
  shortPeerId,
} from './peer-id.ts'

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** The error that a text is refused with. */
function refusal(text: string): unknown {
  try {
    parsePeerId(text)
  } catch (error) {
    return error
  }
  return undefined
}

describe('peer ids', () => {
  it('reads hf1… and has 61 characters', () => {
    const id = peerIdFromPublicKey(new Uint8Array(32))
    expect(id).toMatch(/^hf1[02-9ac-hj-np-z]{58}$/)
    expect(shortPeerId(id)).toBe('hf1qqqqqqqq')
  })

  it('comes back from text as the same key, in lower and in upper case', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const id = peerIdFromPublicKey(key)
        expect(parsePeerId(id)).toBe(id)
        expect(parsePeerId(` ${id.toUpperCase()}\n`)).toBe(id)
        expect([...publicKeyOf(id)]).toEqual([...key])
      }),
    )
  })

  it.each([
    ['blanks and line breaks around', (id: string) => ` \u00a0${id}\r\n`],
    ['quotes', (id: string) => `“${id}”`],
    ['<…> and a full stop', (id: string) => `<${id}>.`],
    ['backticks', (id: string) => `\`${id}\``],
    ['a byte order mark and zero-width spaces', (id: string) => `\ufeff${id.slice(0, 9)}\u200b${id.slice(9)}`],
    ['a phone’s capital', (id: string) => id.replace('h', 'H')],
    ['a line break in it', (id: string) => `${id.slice(0, 40)}\n${id.slice(40)}`],
  ])('comes back from what people paste, with %s', (_, paste) => {
    const id = peerIdFromPublicKey(Uint8Array.from({ length: 32 }, (_, index) => index * 3))
    expect(parsePeerId(paste(id))).toBe(id)
  })

  it('notices every single wrong character and every two that changed places', () => {
    const id = peerIdFromPublicKey(Uint8Array.from({ length: 32 }, (_, index) => index * 7))
    const wrong: string[] = []
    for (let index = 3; index < id.length; index++) {
      for (const letter of 'qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1') {
        wrong.push(id.slice(0, index) + letter + id.slice(index + 1))
      }
      if (index > 3) wrong.push(id.slice(0, index - 1) + id.charAt(index) + id.charAt(index - 1) + id.slice(index + 1))
    }
    const mistakes = wrong.filter((text) => text !== id).map((text) => (refusal(text) as InvalidPeerIdError).mistake)
    expect(new Set(mistakes)).toEqual(new Set(['checksum']))
  })

  it('says which kind of mistake it is', () => {
    const id = peerIdFromPublicKey(new Uint8Array(32).fill(9))
    expect(refusal('bc1qqqqqqq')).toMatchObject({ mistake: 'prefix', message: expect.stringContaining('"bc1qqqqqqq"') })
    expect(refusal('')).toMatchObject({ mistake: 'prefix' })
    expect(refusal('HFTICKET1QQQQ')).toMatchObject({ mistake: 'prefix', message: expect.stringContaining('ticket') })
    expect(refusal(id.slice(0, -4))).toMatchObject({ mistake: 'length', message: expect.stringContaining('missing') })
    expect(refusal(`${id}q`)).toMatchObject({ mistake: 'length', message: expect.stringContaining('too much') })
    expect(refusal(`hf1${'Q'.repeat(58)}`)).toMatchObject({
      mistake: 'case',
      message: 'This peer id has small letters and capitals; copy it again',
    })
    expect(refusal('h'.repeat(10_000_000))).toMatchObject({ mistake: 'prefix' })
    expect(refusal(`hf1${'q'.repeat(10_000_000)}`)).toMatchObject({ mistake: 'length' })
    expect(() => peerIdFromPublicKey(new Uint8Array(31))).toThrow(/has 32 bytes, but this has 31/)
    expect(() => publicKeyOf('hf1nonsense' as PeerId)).toThrow(/was not made by parsePeerId/)
  })

  it('never fails on any text but with its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => `hf1${s}`),
        ),
        (text) => {
          expect(refusal(text)).toMatchObject({ code: 'invalid-peer-id' })
        },
      ),
    )
  })

  it('orders by the keys as numbers, which is not the order of the texts', () => {
    fc.assert(
      fc.property(keys, keys, fc.nat(31), (a, b, shared) => {
        b.set(a.subarray(0, shared))
        const byText = comparePeerIds(peerIdFromPublicKey(a), peerIdFromPublicKey(b))
        expect(Math.sign(byText)).toBe(Buffer.compare(a, b))
      }),
    )
    const low = peerIdFromPublicKey(new Uint8Array(32).fill(0))
    const next = peerIdFromPublicKey(new Uint8Array(32).fill(8))
    expect(comparePeerIds(low, next)).toBeLessThan(0)
    expect(low < next).toBe(false)
  })
})

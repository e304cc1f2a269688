import { describe, expect, test } from 'vitest'
import { peerIdFromPublicKey } from '../../identity/peer-id.ts'
import { choosePeer } from './choose-peer.ts'

const peer = (name: string, ...key: number[]) => {
  const publicKey = new Uint8Array(32)
  publicKey.set(key)
  return { name, id: peerIdFromPublicKey(publicKey) }
}
const alice = peer('alice', 1)
const bob = peer('bob', 2)
const otherBob = peer('Bob', 2, 0, 0, 7)
const all = [alice, bob, otherBob]

describe('choosePeer', () => {
  test('takes a name, the whole id, or a start of it that fits one peer', () => {
    expect(choosePeer('alice', all)).toBe(alice)
    expect(choosePeer(bob.id, all)).toBe(bob)
    expect(choosePeer(alice.id.slice(0, 7), all)).toBe(alice)
    expect(choosePeer(alice.id.toUpperCase(), all)).toBe(alice)
  })

  test('minds the case of a name only if that decides', () => {
    expect(choosePeer('bob', all)).toBe(bob)
    expect(choosePeer('Bob', all)).toBe(otherBob)
    expect(choosePeer('ALICE', all)).toBe(alice)
    expect(() => choosePeer('BOB', all)).toThrow("'BOB' fits 2 peers: bob (")
  })

  test.each([
    ' alice ',
    '“alice”',
    '<alice>',
    '\u200balice',
    '`alice`',
    ` ${alice.id}\n`,
    `<${alice.id.slice(0, 12)}>`,
  ])('takes what was pasted with something around it: %j', (text) => {
    expect(choosePeer(text, all)).toBe(alice)
  })

  test('takes a name composed in another way, or kept with blanks by an earlier version', () => {
    const kitchen = peer(' Ku\u0308che  Süd ', 3)
    expect(choosePeer('Küche Su\u0308d', [...all, kitchen])).toBe(kitchen)
    expect(choosePeer('küche süd', [...all, kitchen])).toBe(kitchen)
  })

  test('takes quotes for a part of a name that has them', () => {
    const quoted = peer('"alice"', 4)
    expect(choosePeer('"alice"', [...all, quoted])).toBe(quoted)
  })

  test('lists the peers that a start of an id fits', () => {
    expect(() => choosePeer(bob.id.slice(0, 7), all)).toThrow(/^'hf1\w{4}' fits 2 peers: bob \(hf1\w{8}…\), Bob \(hf1/)
  })

  test('lets nobody pass for another by taking its id as a name', () => {
    const impostor = peer(alice.id.slice(0, 12), 9)
    expect(() => choosePeer(impostor.name, [...all, impostor])).toThrow('fits 2 peers')
  })

  test('says what to do when nothing fits', () => {
    expect(() => choosePeer('carol', all)).toThrow(/^No paired peer is called 'carol'; .*holdfast pair <ticket>/)
    expect(() => choosePeer('carol', [])).toThrow(/^No peer is paired with this node yet; run `holdfast ticket`/)
    expect(() => choosePeer('hf1qq', all)).toThrow('too little of an id; give at least 4 characters after hf1')
    expect(() => choosePeer(`${alice.id.slice(0, -1)}b`, all)).toThrow('This peer id has a typing error')
  })
})

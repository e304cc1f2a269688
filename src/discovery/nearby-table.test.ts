import { beforeEach, describe, expect, it } from 'vitest'
import { type PeerId, peerIdFromPublicKey } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'
import { NEARBY_MAX, NearbyTable } from './nearby-table.ts'

const idOf = (number: number): PeerId => {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, number)
  return peerIdFromPublicKey(key)
}
const here = 'tcp://192.168.7.2:1'
const there = 'tcp://192.168.8.2:1'
const from = '192.168.7.2'
const stranger = '192.168.7.66'
const sighting = (number: number, more: Partial<Sighting> = {}): Sighting => ({
  id: idOf(number),
  from,
  name: `node ${number}`,
  addresses: [here],
  acceptsPairing: false,
  lifeMs: 120_000,
  ...more,
})

let table: NearbyTable
beforeEach(() => {
  table = new NearbyTable()
})

describe('P6: the nodes nearby', () => {
  it('are found once, and change when they say something else', () => {
    expect(table.heard(sighting(1), false, 0)).toBe('found')
    expect(table.heard(sighting(1), false, 1)).toBe('same')
    expect(table.heard(sighting(1, { acceptsPairing: true }), false, 2)).toBe('changed')
    expect(table.heard(sighting(1, { addresses: [there], acceptsPairing: true }), false, 3)).toBe('changed')
    expect(table.get(idOf(1))).toMatchObject({ addresses: [here, there], acceptsPairing: true, lastHeardMs: 3 })
  })

  it('are gone when they were not heard for their time to live, address by address', () => {
    table.heard(sighting(1), false, 0)
    table.heard(sighting(1, { addresses: [there] }), false, 60_000)
    expect(table.expire(119_999)).toEqual([])
    expect(table.expire(120_000)).toEqual([])
    expect(table.get(idOf(1))?.addresses).toEqual([there])
    expect(table.expire(180_000)).toMatchObject([{ id: idOf(1), name: 'node 1' }])
    expect(table.size).toBe(0)
  })

  it('are gone when they take back all that they had said', () => {
    table.heard(sighting(1, { addresses: [here, there] }), false, 0)
    expect(table.heard(sighting(1, { addresses: [here], lifeMs: 0 }), false, 1)).toBe('changed')
    expect(table.heard(sighting(1, { addresses: [there], lifeMs: 0 }), false, 2)).toBe('lost')
    expect(table.heard(sighting(2, { lifeMs: 0 }), false, 3)).toBe('same')
  })

  it('are 256 at most, and strangers appear one a second after the first few; a peer always finds a place', () => {
    for (let number = 0; number < 100; number++) table.heard(sighting(number), false, 0)
    expect(table.size).toBe(32)
    for (let number = 100; number < 1_000; number++)
      table.heard(sighting(number, { lifeMs: 1e9 }), false, number * 1_000)
    expect(table.size).toBe(NEARBY_MAX)
    expect(table.heard(sighting(5_000), false, 2e6)).toBe('ignored')
    expect(table.heard(sighting(5_001), true, 2e6)).toBe('found')
  })

  it('cannot be made to fill the events by somebody who has a peer come and go, and it is there all the same', () => {
    const news = Array.from({ length: 2_000 }, (_, at) =>
      table.heard(sighting(1, { lifeMs: at % 2 === 0 ? 120_000 : 0 }), true, 0),
    )
    const found = news.filter((one) => one === 'found').length
    expect(found).toBe(256)
    expect(news.filter((one) => one === 'lost')).toHaveLength(found)
    expect(table.heard(sighting(1), true, 0)).toBe('same')
    expect(table.get(idOf(1))).toMatchObject({ addresses: [here] })
    expect(table.expire(300_000)).toEqual([])
    expect(table.heard(sighting(1), true, 300_000)).toBe('found')
  })

  it('have at most 16 addresses each, those that were named last', () => {
    for (let port = 1; port < 50; port++)
      table.heard(sighting(1, { addresses: [`tcp://192.168.7.2:${port}`] }), false, 0)
    expect(table.get(idOf(1))?.addresses).toHaveLength(16)
    expect(table.get(idOf(1))?.addresses).toContain('tcp://192.168.7.2:49')
  })

  it('cannot be taken back by somebody else, nor said to be closed', () => {
    table.heard(sighting(1, { acceptsPairing: true }), false, 0)
    for (const addresses of [[here], []])
      expect(table.heard(sighting(1, { from: stranger, addresses, lifeMs: 0 }), false, 1)).toBe('same')
    table.heard(sighting(1, { from: stranger, addresses: [there] }), false, 2)
    table.heard(sighting(1, { from: stranger, addresses: [], lifeMs: 0 }), false, 3)
    expect(table.get(idOf(1))).toMatchObject({ addresses: [here], acceptsPairing: true })
    expect(table.heard(sighting(1, { addresses: [], lifeMs: 0 }), false, 4)).toBe('lost')
  })

  it('find room for their addresses, whatever others say before and after', () => {
    const lies = (at: number): string[] => Array.from({ length: 16 }, (_, n) => `tcp://192.168.7.66:${16 * at + n + 1}`)
    for (let at = 0; at < 100; at++) table.heard(sighting(1, { from: stranger, addresses: lies(at) }), false, at)
    table.heard(sighting(1, { addresses: [here, there] }), false, 100)
    for (let at = 100; at < 200; at++) table.heard(sighting(1, { from: stranger, addresses: lies(at) }), false, at)
    const { addresses = [] } = table.get(idOf(1)) ?? {}
    expect(addresses).toEqual(expect.arrayContaining([here, there]))
    expect(addresses).toHaveLength(16)
  })

  it('are spoken of by eight at most', () => {
    for (let host = 1; host < 50; host++)
      table.heard(sighting(1, { from: `192.168.7.${host}`, addresses: [`tcp://192.168.7.${host}:1`] }), false, 0)
    expect(table.get(idOf(1))?.addresses).toHaveLength(8)
    table.heard(sighting(1, { addresses: [there] }), false, 0)
    expect(table.get(idOf(1))?.addresses).toContain(there)
  })
})

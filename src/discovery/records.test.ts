import { anything, array, assert, constantFrom, oneof, property, record, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNetwork } from '../core/dial/address-kind.ts'
import { peerIdFromPublicKey } from '../identity/peer-id.ts'
import type { MulticastInterface } from './interfaces.ts'
import { type Answer, instanceOf, isAskedFor, recordsOf, SERVICE, sightingsIn } from './records.ts'

const id = peerIdFromPublicKey(new Uint8Array(32).fill(7))
const wifi: MulticastInterface = {
  name: 'wlan0',
  address: '192.168.7.20',
  ips: ['192.168.7.20', 'fd00:7::20'],
  networks: [parseNetwork('192.168.7.20/24')!, parseNetwork('fd00:7::20/64')!],
}
const sender = '192.168.7.20'
const tag = '00112233445566778899aabbccddeeff'
const announcement = { name: 'Anna’s laptop', listening: ['tcp://[::]:4000'], acceptsPairing: true, tag }

describe('P6: what a node tells of itself', () => {
  it('is heard by another as it was said', () => {
    expect(sightingsIn(recordsOf(id, announcement, wifi), sender, wifi)).toEqual([
      {
        id,
        from: sender,
        name: 'Anna’s laptop',
        addresses: ['tcp://192.168.7.20:4000', 'tcp://[fd00:7::20]:4000'],
        acceptsPairing: true,
        tag,
        lifeMs: 120_000,
      },
    ])
    expect(sightingsIn(recordsOf(id, announcement, wifi, 0), sender, wifi)).toMatchObject([{ id, lifeMs: 0 }])
  })

  it.each([
    [['tcp://0.0.0.0:4000'], ['tcp://192.168.7.20:4000']],
    [['tcp://192.168.7.20:4000', 'tcp://10.0.0.1:5000'], ['tcp://192.168.7.20:4000']],
    [['tcp://127.0.0.1:4000'], []],
    [['memory://x:1', 'nonsense'], []],
    [[], []],
  ])('%j are the addresses that lead there from that network: %j', (listening, addresses) => {
    const sightings = sightingsIn(recordsOf(id, { ...announcement, listening }, wifi), sender, wifi)
    expect(sightings.flatMap((sighting) => sighting.addresses)).toEqual(addresses)
  })

  it('fits: no text of a TXT record is longer than 255 bytes, no label longer than 63', () => {
    const records = recordsOf(id, { ...announcement, name: '€'.repeat(200) }, wifi)
    const text = records.find(({ type }) => type === 'TXT')
    expect((text as { data: string[] }).data.every((one) => Buffer.byteLength(one) <= 255)).toBe(true)
    for (const { name } of records) for (const label of name.split('.')) expect(label.length).toBeLessThanOrEqual(63)
  })

  it('is asked for by the service, by its instance and by its host', () => {
    for (const name of [SERVICE, `${instanceOf(id)}.${SERVICE}`, `${instanceOf(id)}.local`, SERVICE.toUpperCase()])
      expect(isAskedFor(name, id)).toBe(true)
    expect(isAskedFor('_http._tcp.local', id)).toBe(false)
  })
})

describe('P6: what comes in is hostile until it is read', () => {
  const records = recordsOf(id, announcement, wifi)
  const changed = (type: string, change: object): Answer[] =>
    records.map((one) => (one.type === type ? { ...one, ...change } : one))

  it.each<[string, Answer[]]>([
    ['an instance of another id', changed('SRV', { name: `hf-${'q'.repeat(32)}.${SERVICE}` })],
    ['a service of another kind', changed('SRV', { name: `${instanceOf(id)}._http._tcp.local` })],
    ['no TXT record', records.filter(({ type }) => type !== 'TXT')],
    ['an id that is none', changed('TXT', { data: ['v=1', 'id=hf1nonsense'] })],
    ['another version', changed('TXT', { data: ['v=2', `id=${id}`] })],
    ['a port that is none', changed('SRV', { data: { port: 0, target: `${instanceOf(id)}.local` } })],
  ])('%s is not a node', (_, packet) => {
    expect(sightingsIn(packet, sender, wifi)).toEqual([])
  })

  it('addresses of other networks, and names that are not fit to be shown, are left out', () => {
    const elsewhere = changed('A', { data: '203.0.113.9' })
    expect(sightingsIn(elsewhere, sender, wifi)[0]?.addresses).toEqual(['tcp://[fd00:7::20]:4000'])
    const ugly = changed('TXT', {
      data: [Buffer.from('v=1'), Buffer.from(`id=${id}`), Buffer.from('name=\u001b[31mred\u202e')],
    })
    expect(sightingsIn(ugly, sender, wifi)[0]?.name).toBe('[31mred')
  })

  it('believes no packet for longer than two minutes, and of no packet more than 8 nodes', () => {
    expect(sightingsIn(changed('SRV', { ttl: 2 ** 31 }), sender, wifi)[0]?.lifeMs).toBe(120_000)
    const many = Array.from({ length: 20 }, (_, at) =>
      recordsOf(peerIdFromPublicKey(new Uint8Array(32).fill(at)), announcement, wifi),
    ).flat()
    expect(sightingsIn(many, sender, wifi)).toHaveLength(8)
  })

  it('never throws, whatever the records are', () => {
    const name = oneof(constantFrom(...records.map((one) => one.name)), string())
    const data = oneof(anything(), constantFrom(...records.map((one) => ('data' in one ? one.data : undefined))))
    const any = record({ type: constantFrom('PTR', 'SRV', 'TXT', 'A', 'AAAA', 'OPT'), name, ttl: anything(), data })
    assert(
      property(array(any, { maxLength: 12 }), (packet) => {
        for (const sighting of sightingsIn(packet as Answer[], sender, wifi)) expect(sighting.id).toBe(id)
      }),
    )
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { ObservedHosts } from './observed-hosts.ts'

const day = 86_400_000
/** Where peers are, each in a network of its own. */
const places = {
  anna: 'tcp://192.0.3.1:4000',
  bert: 'tcp://198.52.1.1:4000',
  cleo: 'tcp://[2001:db9::1]:4000',
}
const here = (port: number): string => `tcp://203.0.113.5:${port}`

let observed: ObservedHosts
const seen = (peer: keyof typeof places, address: string, nowMs: number): boolean =>
  observed.seen(peer, places[peer], address, nowMs)
beforeEach(() => {
  observed = new ObservedHosts()
})

describe('P6: where others see this node', () => {
  it('is believed when peers in two networks say so, whatever the port, for a day', () => {
    expect(seen('anna', here(40_001), 0)).toBe(false)
    expect(seen('anna', here(40_002), 1)).toBe(false)
    expect(observed.hosts(1)).toEqual([])
    expect(seen('bert', here(50_000), 2)).toBe(true)
    expect(observed.hosts(3)).toEqual(['203.0.113.5'])
    expect(seen('cleo', here(1), 3)).toBe(false)
    expect(observed.hosts(day + 3)).toEqual([])
  })

  it.each([
    ['one network of IPv4', 'tcp://192.0.2.1:1', 'tcp://192.0.99.7:2'],
    ['one network of IPv6', 'tcp://[2001:db9:1::1]:1', 'tcp://[2001:db9:2::1]:1'],
    ['one network, once as an address of IPv6', 'tcp://192.0.2.1:1', 'tcp://[::ffff:192.0.2.1]:1'],
    ['one network and a local one', 'tcp://192.0.2.1:1', 'tcp://192.168.1.5:1'],
    ['one network and no address at all', 'tcp://192.0.2.1:1', 'relay:nowhere'],
  ])('is not believed when peers say so in %s, however many they are', (_, one, other) => {
    for (let peer = 0; peer < 20; peer++) observed.seen(`peer ${peer}`, peer % 2 ? one : other, here(1), 0)
    expect(observed.hosts(0)).toEqual([])
  })

  it('is not believed when one peer says so in two networks, one after the other', () => {
    observed.seen('anna', places.anna, here(1), 0)
    observed.seen('anna', places.bert, here(1), 0)
    expect(observed.hosts(0)).toEqual([])
  })

  it('is believed no more when a peer sees it elsewhere, or the machine has moved', () => {
    for (const peer of ['anna', 'bert'] as const) seen(peer, here(1), 0)
    expect(seen('bert', 'tcp://198.51.100.7:1', 1)).toBe(true)
    expect(observed.hosts(1)).toEqual([])
    seen('bert', here(1), 2)
    observed.forget()
    expect(observed.hosts(2)).toEqual([])
  })

  it('is nothing that is no address of the Internet', () => {
    for (const address of [
      'tcp://192.168.1.5:1',
      'tcp://[fe80::1]:1',
      'tcp://127.0.0.1:1',
      'tcp://a.example:1',
      'nonsense',
    ])
      for (const peer of ['anna', 'bert', 'cleo'] as const) seen(peer, address, 0)
    expect(observed.hosts(0)).toEqual([])
  })

  it('has at most two hosts, of the last 64 peers that spoke', () => {
    for (let peer = 0; peer < 200; peer++)
      observed.seen(`peer ${peer}`, `tcp://198.${peer}.0.1:1`, `tcp://203.0.113.${peer % 5}:1`, peer)
    expect(observed.hosts(200)).toHaveLength(2)
    for (let peer = 0; peer < 64; peer++) observed.seen(`other ${peer}`, `tcp://198.${peer}.0.1:1`, here(1), 300)
    expect(observed.hosts(300)).toEqual(['203.0.113.5'])
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { ObservedHosts } from './observed-hosts.ts'

const day = 86_400_000
const here = (port: number): string => `tcp://203.0.113.5:${port}`

let observed: ObservedHosts
beforeEach(() => {
  observed = new ObservedHosts()
})

describe('P6: where others see this node', () => {
  it('is believed when two peers say so, whatever the port, for a day', () => {
    expect(observed.seen('anna', here(40_001), 0)).toBe(false)
    expect(observed.seen('anna', here(40_002), 1)).toBe(false)
    expect(observed.hosts(1)).toEqual([])
    expect(observed.seen('bert', here(50_000), 2)).toBe(true)
    expect(observed.hosts(3)).toEqual(['203.0.113.5'])
    expect(observed.seen('cleo', here(1), 3)).toBe(false)
    expect(observed.hosts(day + 3)).toEqual([])
  })

  it('is believed no more when a peer sees it elsewhere, or the machine has moved', () => {
    for (const peer of ['anna', 'bert']) observed.seen(peer, here(1), 0)
    expect(observed.seen('bert', 'tcp://198.51.100.7:1', 1)).toBe(true)
    expect(observed.hosts(1)).toEqual([])
    observed.seen('bert', here(1), 2)
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
      for (const peer of ['anna', 'bert', 'cleo']) observed.seen(peer, address, 0)
    expect(observed.hosts(0)).toEqual([])
  })

  it('has at most two hosts, of the last 64 peers that spoke', () => {
    for (let peer = 0; peer < 200; peer++) observed.seen(`peer ${peer}`, `tcp://203.0.113.${peer % 5}:1`, peer)
    expect(observed.hosts(200)).toHaveLength(2)
    for (let peer = 0; peer < 64; peer++) observed.seen(`other ${peer}`, here(1), 300)
    expect(observed.hosts(300)).toEqual(['203.0.113.5'])
  })
})

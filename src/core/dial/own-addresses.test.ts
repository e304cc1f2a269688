import { describe, expect, it } from 'vitest'
import { isLoopback, OWN_ADDRESSES_FOUND_MAX, OwnAddresses } from './own-addresses.ts'

const hosts = ['127.0.0.1', '::1', '192.168.1.20', '172.17.0.1', 'fe80::1%eth0', '2001:db8::20']

function listeningOn(...listening: string[]): OwnAddresses {
  const own = new OwnAddresses()
  own.update(listening, hosts)
  return own
}

describe('an address that certainly leads to this node itself', () => {
  it.each([
    // listening on, dialed, own
    ['tcp://0.0.0.0:4001', 'tcp://127.0.0.1:4001', true],
    ['tcp://0.0.0.0:4001', 'tcp://127.9.9.9:4001', true],
    ['tcp://0.0.0.0:4001', 'tcp://172.17.0.1:4001', true],
    ['tcp://0.0.0.0:4001', 'tcp://192.168.1.20:4001', true],
    ['tcp://0.0.0.0:4001', 'tcp://0.0.0.0:4001', true],
    ['tcp://0.0.0.0:4001', 'tcp://localhost:4001', true],
    ['tcp://0.0.0.0:4001', 'tcp://[2001:db8::20]:4001', false],
    ['tcp://[::]:4001', 'tcp://[2001:db8:0::20]:4001', true],
    ['tcp://[::]:4001', 'tcp://[::1]:4001', true],
    ['tcp://[::]:4001', 'tcp://172.17.0.1:4001', true],
    ['tcp://[::]:4001', 'tcp://[::ffff:172.17.0.1]:4001', true],
    // Another node on this machine, or the same place on another one.
    ['tcp://0.0.0.0:4001', 'tcp://127.0.0.1:4002', false],
    ['tcp://0.0.0.0:4001', 'tcp://172.17.0.1:14001', false],
    ['tcp://0.0.0.0:4001', 'tcp://172.17.0.2:4001', false],
    ['tcp://0.0.0.0:4001', 'tcp://192.168.1.21:4001', false],
    ['tcp://0.0.0.0:4001', 'tcp://example.net:4001', false],
    // A node that listens on one address leaves the others to anybody.
    ['tcp://127.0.0.1:4001', 'tcp://127.0.0.1:4001', true],
    ['tcp://127.0.0.1:4001', 'tcp://127.0.0.2:4001', false],
    ['tcp://192.168.1.20:4001', 'tcp://127.0.0.1:4001', false],
    ['memory://alice:1', 'memory://alice:1', true],
    ['memory://alice:1', 'memory://bob:1', false],
  ])('listening on %s, of %s: %s', (listening, address, expected) => {
    expect(listeningOn(listening).has(address)).toBe(expected)
  })

  it('is none for a node that does not listen', () => {
    expect(listeningOn().has('tcp://127.0.0.1:4001')).toBe(false)
  })

  it('is also one at which the node was found, until the network changes', () => {
    const own = listeningOn('tcp://0.0.0.0:4001')
    own.found('tcp://example.net:4001')
    expect(own.has('tcp://EXAMPLE.net:4001')).toBe(true)
    own.update(['tcp://0.0.0.0:4001'], hosts)
    expect(own.has('tcp://example.net:4001')).toBe(true)
    own.forgetFound()
    expect(own.has('tcp://example.net:4001')).toBe(false)
  })

  it('is remembered for a bounded number of addresses, the latest', () => {
    const own = listeningOn('tcp://0.0.0.0:4001')
    for (let at = 0; at <= OWN_ADDRESSES_FOUND_MAX; at++) own.found(`tcp://h${at}.example:4001`)
    expect(own.has('tcp://h0.example:4001')).toBe(false)
    expect(own.has(`tcp://h${OWN_ADDRESSES_FOUND_MAX}.example:4001`)).toBe(true)
  })
})

it.each([
  ['tcp://127.0.0.1:4001', true],
  ['tcp://127.9.9.9:4001', true],
  ['tcp://[::1]:4001', true],
  ['tcp://[::ffff:127.0.0.1]:4001', true],
  ['tcp://LocalHost:4001', true],
  ['tcp://0.0.0.0:4001', true],
  ['tcp://10.0.0.1:4001', false],
  ['tcp://[2001:db8::1]:4001', false],
  ['tcp://example.net:4001', false],
  ['not an address', false],
])('%s leads to the machine that dials it: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected)
})

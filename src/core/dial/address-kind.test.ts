import { describe, expect, it } from 'vitest'
import { type AddressKind, addressKind, parseNetwork } from './address-kind.ts'

const own = ['192.168.7.20/24', '2001:db8:7::20/64', '203.0.113.9/32'].map((cidr) => parseNetwork(cidr)!)

describe('M2: the kind of an address', () => {
  it.each<readonly [string, AddressKind]>([
    ['tcp://127.0.0.1:1', 'same-network'],
    ['tcp://[::1]:1', 'same-network'],
    ['tcp://192.168.7.255:1', 'same-network'],
    ['tcp://[::ffff:192.168.7.1]:1', 'same-network'],
    ['tcp://192.168.8.1:1', 'private'],
    ['tcp://10.1.2.3:1', 'private'],
    ['tcp://172.31.0.1:1', 'private'],
    ['tcp://172.32.0.1:1', 'public'],
    ['tcp://100.64.0.1:1', 'private'],
    ['tcp://169.254.1.1:1', 'private'],
    ['tcp://[fd00::1]:1', 'private'],
    ['tcp://[fe80::1%eth0]:1', 'private'],
    ['tcp://alice.local:1', 'private'],
    ['tcp://[2001:db8:7::99]:1', 'same-network'],
    ['tcp://[2001:db8:8::99]:1', 'public'],
    ['tcp://203.0.113.9:1', 'same-network'],
    ['tcp://203.0.113.8:1', 'public'],
    ['tcp://alice.example:1', 'public'],
    ['memory://alice:1', 'public'],
    ['relay://relay.example:1', 'relay'],
    ['nonsense', 'public'],
  ])('%s: %s', (address, kind) => {
    expect(addressKind(address, own)).toBe(kind)
  })

  it('needs networks that are some', () => {
    for (const text of ['', '10.0.0.1', '10.0.0.1/', '10.0.0.1/33', '::/129', 'x/8', '10.0.0.1/-1'])
      expect(parseNetwork(text)).toBe(undefined)
  })
})

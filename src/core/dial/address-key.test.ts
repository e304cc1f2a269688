import { describe, expect, it } from 'vitest'
import { addressKey } from './address-key.ts'

describe('the key of an address', () => {
  it('sorts by IP and port as numbers, IPv4 before most of IPv6, and names last', () => {
    const sorted = [
      'tcp://[::1]:4000',
      'tcp://9.9.9.9:4000',
      'tcp://10.0.0.50:80',
      'tcp://10.0.0.50:4000',
      'tcp://10.0.0.50:10000',
      'tcp://10.0.0.100:4000',
      'tcp://100.0.0.1:1',
      'tcp://[2001:db8::2]:4000',
      'tcp://[2001:db8::10]:4000',
      'tcp://[fe80::1]:4000',
      'tcp://alpha:4000',
      'tcp://alpha.example:80',
      'tcp://alpha.example:4000',
      'tcp://beta:1',
      'nonsense',
    ]
    const keys = sorted.map(addressKey)
    expect(keys.slice(0, -1)).toEqual(keys.slice(0, -1).toSorted())
    expect(new Set(keys).size).toBe(sorted.length)
  })

  it.each([
    ['tcp://[2001:DB8:0:0:0:0:0:1]:4000', 'tcp://[2001:db8::1]:4000'],
    ['tcp://[::]:4000', 'tcp://[0:0:0:0:0:0:0:0]:4000'],
    ['tcp://[::ffff:10.0.0.1]:4000', 'tcp://10.0.0.1:4000'],
    ['tcp://[fe80::1%eth0]:4000', 'tcp://[fe80::1]:4000'],
    ['TCP://Alpha.Example:4000', 'tcp://alpha.example:4000'],
    ['tcp://10.0.0.1:04000', 'tcp://10.0.0.1:4000'],
  ])('is the same for %s and %s', (one, other) => {
    expect(addressKey(one)).toBe(addressKey(other))
  })

  it.each([
    ['tcp://10.0.0.1:4000', 'memory://10.0.0.1:4000'],
    ['tcp://[1:2:3]:4000', 'tcp://[1:2:4]:4000'],
    ['tcp://[1::2::3]:4000', 'tcp://[1::2]:4000:'],
    ['tcp://[1:2:3:4:5:6:7:8::9]:4000', 'tcp://[1:2:3:4:5:6:7:8]:4000'],
    ['tcp://alpha:1', 'tcp://alpha:2'],
  ])('differs for %s and %s', (one, other) => {
    expect(addressKey(one)).not.toBe(addressKey(other))
  })
})

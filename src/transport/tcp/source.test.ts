import { expect, it } from 'vitest'
import { admissionAddress, sourcePrefixes } from './source.ts'

it('counts an IPv4 address, or the /64 network of an IPv6 address, as one address', () => {
  const cases = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['1::', '1:0:0:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0'],
  ] as const
  for (const [ip, expected] of cases) expect(admissionAddress(ip)).toBe(expected)
})

it('counts by IPv4 /32, /24 and /16, and by IPv6 /64, /56 and /48', () => {
  expect(sourcePrefixes('::ffff:192.0.2.7')).toEqual(['192.0.2.7', '192.0.2.0/24', '192.0.0.0/16'])
  expect(sourcePrefixes('2001:db8:1:1234::7')).toEqual(['2001:db8:1:1234', '2001:db8:1:1200/56', '2001:db8:1/48'])
})

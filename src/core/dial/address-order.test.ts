import { array, assert, integer, ipV4, ipV6, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressParts, compareAddresses, nearestAddress, parseIpAddress } from './address-order.ts'

const tcp = (ip: string, port = 1): string => (ip.includes(':') ? `tcp://[${ip}]:${port}` : `tcp://${ip}:${port}`)

describe('L5: the order of addresses', () => {
  it('goes, on a local network, by the own address that is in the network of the other one', () => {
    const own = ['tcp://node.example:1', tcp('10.0.0.5'), tcp('192.168.7.5'), tcp('127.0.0.1'), tcp('fd00:7::5')]
    expect(nearestAddress(own, tcp('192.168.7.9', 2))).toBe(tcp('192.168.7.5'))
    expect(nearestAddress(own, tcp('127.0.0.1', 2))).toBe(tcp('127.0.0.1'))
    expect(nearestAddress(own, tcp('fd00:7::9'))).toBe(tcp('fd00:7::5'))
    expect(nearestAddress([], tcp('10.0.0.1'))).toBeUndefined()
    expect(nearestAddress(['memory://a:1'], 'memory://b:1')).toBe('memory://a:1')
  })

  it('is that of the numbers and not of the text', () => {
    const ordered = [
      'tcp://[::1]:1',
      'tcp://9.0.0.1:1',
      'tcp://10.0.0.2:1',
      'tcp://10.0.0.10:1',
      'tcp://10.0.0.100:1',
      'tcp://50.0.0.1:4000',
      'tcp://50.0.0.1:10000',
      'tcp://100.0.0.1:1',
      'tcp://[2001:db8::9]:1',
      'tcp://[2001:db8::10]:1',
      'tcp://[2001:db8:10::]:1',
      'tcp://[fe80::1%eth0]:2',
    ]
    for (const [at, a] of ordered.entries()) {
      for (const [other, b] of ordered.entries()) expect(Math.sign(compareAddresses(a, b)!)).toBe(Math.sign(at - other))
    }
    expect(ordered.toSorted()).not.toEqual(ordered)
  })

  it('takes an IPv4 address for the same in both forms', () => {
    for (const other of ['::ffff:10.0.0.1', '::FFFF:a00:1', '0:0:0:0:0:ffff:10.0.0.1'])
      expect(compareAddresses(tcp('10.0.0.1'), tcp(other))).toBe(0)
    expect(parseIpAddress('::ffff:10.0.0.1')?.family).toBe(4)
  })

  it('has no place for names, nor for what is no address', () => {
    for (const text of [
      'tcp://alice.example:1',
      'memory://alice:1',
      'tcp://10.0.0.1',
      'nonsense',
      'tcp://10.0.0.1:65536',
      '',
    ]) {
      expect(compareAddresses(text, tcp('10.0.0.1'))).toBe(undefined)
      expect(compareAddresses(tcp('10.0.0.1'), text)).toBe(undefined)
    }
  })

  it('reads what is an IP address and nothing else', () => {
    const wrong = [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.4.',
      '01.2.3.4',
      '256.1.1.1',
      '1.2.3.-4',
      ':',
      ':::',
      '1:2:3:4:5:6:7',
      '1::2::3',
    ]
    wrong.push('1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '12345::', 'g::', '1.2.3.4::', '::1.2.3', ' ::1', '::1:')
    for (const text of wrong) expect([text, parseIpAddress(text)]).toEqual([text, undefined])
    expect(parseIpAddress('::')?.groups).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    expect(parseIpAddress('1:2:3:4:5:6:7::')?.groups).toEqual([1, 2, 3, 4, 5, 6, 7, 0])
    expect(parseIpAddress('64:ff9b::192.0.2.33')?.groups).toEqual([0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x0221])
  })

  it('takes apart every IP address with its port', () => {
    assert(
      property(ipV4(), ipV6(), integer({ min: 0, max: 65_535 }), (four, six, port) => {
        expect(addressParts(tcp(four, port))).toMatchObject({ scheme: 'tcp', host: four, port, ip: { family: 4 } })
        expect(addressParts(tcp(six, port))).toMatchObject({ host: six, port, ip: {} })
      }),
    )
  })

  it('is one order for all: whoever sorts a list comes to the same', () => {
    assert(
      property(array(ipV4(), { maxLength: 20 }), (ips) => {
        const compare = (a: string, b: string): number => compareAddresses(a, b)!
        expect(ips.map((ip) => tcp(ip)).toSorted(compare)).toEqual(
          ips
            .toReversed()
            .map((ip) => tcp(ip))
            .toSorted(compare),
        )
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTcpAddress, parseTcpAddress } from './tcp-address.ts'

describe('TCP addresses', () => {
  it('are a host and a port', () => {
    const cases = [
      ['tcp://127.0.0.1:4000', '127.0.0.1', 4000],
      ['tcp://[::1]:0', '::1', 0],
      ['tcp://[fe80::1%eth0]:65535', 'fe80::1%eth0', 65_535],
      ['tcp://alice.example.com:1', 'alice.example.com', 1],
      ['tcp://alice.local.:1', 'alice.local.', 1],
      ['tcp://my_host-2:1', 'my_host-2', 1],
    ] as const
    for (const [text, host, port] of cases) {
      expect(parseTcpAddress(text)).toEqual({ host, port })
      expect(formatTcpAddress(host, port)).toBe(text)
    }
  })

  it('are nothing else', () => {
    const wrong = [
      '',
      'tcp://',
      'tcp://host',
      'tcp://host:',
      'tcp://:80',
      'tcp://host:65536',
      'tcp://host:-1',
      'tcp://host:080000',
      'tcp://host:80/',
      'tcp://host:80?x',
      'tcp://user@host:80',
      'tcp://::1:80',
      'tcp://[::1]',
      'tcp://[127.0.0.1]:80',
      'tcp://[::g]:80',
      'tcp://127.0.0.256:80',
      'tcp://127.1:80',
      'tcp://-a:80',
      'tcp://a..b:80',
      'tcp://hö.de:80',
      'TCP://host:80',
      ' tcp://host:80',
      'tcp://host:80\n',
      'http://host:80',
      `tcp://${'a'.repeat(64)}:80`,
      `tcp://${'a.'.repeat(200)}:80`,
    ]
    for (const text of wrong) {
      expect(() => parseTcpAddress(text)).toThrow(expect.objectContaining({ code: 'invalid-address', address: text }))
    }
    expect(() => parseTcpAddress('tcp://x')).toThrow(
      '"tcp://x" is not an address: it has another form. Write tcp://x:4001',
    )
    expect(() => parseTcpAddress('tcp://a b')).toThrow(
      '"tcp://a b" is not an address: it has another form. Write it as',
    )
  })

  it('never fail on any text but with their own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `tcp://${text}:1`),
        ),
        (text) => {
          try {
            const { host, port } = parseTcpAddress(text)
            expect(formatTcpAddress(host, port)).toBe(text)
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid-address' })
          }
        },
      ),
    )
  })

  it('show an IPv4 address as such, also when it comes mapped into IPv6', () => {
    expect(formatTcpAddress('::ffff:192.0.2.1', 5)).toBe('tcp://192.0.2.1:5')
    expect(formatTcpAddress('::ffff:1:2', 5)).toBe('tcp://[::ffff:1:2]:5')
    expect(formatTcpAddress(undefined, undefined)).toBe('tcp://unknown:0')
  })
})

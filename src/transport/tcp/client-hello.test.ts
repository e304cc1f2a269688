import { describe, expect, it } from 'vitest'
import { recordClientHello } from '../../../test/hostile/tls-strangers.ts'
import { CLIENT_HELLO_BYTES_MAX, readClientHello } from './client-hello.ts'

describe('what a dialer says first', () => {
  it('is read from what OpenSSL sends, with each of the groups that are accepted', async () => {
    for (const groups of ['X25519MLKEM768:X25519:P-256', 'X25519', 'P-256', undefined]) {
      const hello = await recordClientHello({ protocols: ['holdfast/1.3', 'other'], ...(groups && { groups }) })
      expect(readClientHello(hello)).toEqual({ protocols: ['holdfast/1.3', 'other'] })
    }
  })

  it('is waited for until it is whole', async () => {
    const hello = await recordClientHello()
    for (let length = 0; length < hello.length; length++)
      expect(readClientHello(hello.subarray(0, length))).toBe(undefined)
  })

  it('is refused with a costlier group, such as P-521', async () => {
    for (const groups of ['P-521', 'P-384', 'X448']) {
      const hello = await recordClientHello({ groups })
      expect(() => readClientHello(hello)).toThrow('no key share that is accepted')
    }
  })

  it('is refused if more follows, if it is too long, or if it is something else', async () => {
    const hello = await recordClientHello()
    expect(() => readClientHello(Buffer.concat([hello, Buffer.of(0x17)]))).toThrow('more came')
    const long = Buffer.from(hello)
    long.writeUInt16BE(CLIENT_HELLO_BYTES_MAX, 3)
    expect(() => readClientHello(long)).toThrow(`it has ${CLIENT_HELLO_BYTES_MAX + 5} bytes`)
    for (const text of ['GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-x', '\0', '\x16\x03\x01\x00\x10\x02'])
      expect(() => readClientHello(Buffer.from(text))).toThrow('does not begin as TLS does')
  })

  it('is refused with any byte too many or too few inside, and never read beyond its end', async () => {
    const hello = await recordClientHello()
    for (let at = 5; at < hello.length; at++) {
      const changed = Buffer.from(hello)
      changed.writeUInt8((changed.readUInt8(at) + 1) & 0xff, at)
      try {
        readClientHello(changed)
      } catch (error) {
        expect(error).toMatchObject({ name: 'ClientHelloError' })
      }
    }
    const shorter = Buffer.from(hello.subarray(0, -1))
    shorter.writeUInt16BE(shorter.length - 5, 3)
    expect(() => readClientHello(shorter)).toThrow('cut off')
  })
})

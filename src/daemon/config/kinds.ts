// What a setting can be: a name, an address, a whole number in a range. Each refuses in words that say what would be right.
import { isIP } from 'node:net'
import { z } from 'zod'
import { parseName } from '../../identity/name.ts'
import { parseDialableAddress, parseListenAddress } from '../../transport/tcp/address-use.ts'
import { parseTcpAddress } from '../../transport/tcp/tcp-address.ts'

/** Longer paths than this are none (Linux allows 4,096 bytes). */
const pathLengthMax = 4_096
/** As OPEN carries it (SPEC.md, section 2). */
const protocolBytesMax = 255

/** Text that `parse` takes; what it throws says why not. */
const parsed = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
    }
  })

export const nodeName = parsed(parseName)

export const filePath = z
  .string()
  .refine((text) => text !== '' && text.length <= pathLengthMax && !text.includes('\0'), 'give the path of a file')

const listenAddress = parsed(parseListenAddress)
const dialableAddress = parsed(parseDialableAddress)

const ipAddress = z
  .string()
  .refine((text) => isIP(text) !== 0, 'give an IP address of this machine, such as 192.0.2.10')

const protocolName = z
  .string()
  .refine(
    (text) => text !== '' && Buffer.byteLength(text) <= protocolBytesMax && !/\p{C}/u.test(text),
    'give the name of a protocol, such as chat/1, or "all"',
  )

const hostName = z
  .string()
  .refine(
    (text) => text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text),
    'give the name of a host without a port, such as holdfast.example.net',
  )

/** `tcp://host:port` of this machine, so many at most. */
export const listenAddresses = (max: number) => z.array(listenAddress).max(max)
/** `tcp://host:port` that other machines dial. */
export const dialableAddresses = (max: number) => z.array(dialableAddress).max(max)
export const ipAddresses = (max: number) => z.array(ipAddress).max(max)
export const protocolNames = (max: number) => z.array(protocolName).max(max)
export const hostNames = (max: number) => z.array(hostName).max(max)

/** Where an HTTP server listens: `host:port`, an IPv6 address in brackets. */
export const hostAndPort = z
  .string()
  .refine(
    (text) => isTcpHostAndPort(text),
    'write it as host:port, such as 127.0.0.1:7411, with an IPv6 address in brackets',
  )

function isTcpHostAndPort(text: string): boolean {
  try {
    parseTcpAddress(`tcp://${text}`)
    return true
  } catch {
    return false
  }
}

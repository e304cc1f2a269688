import { isIPv4, isIPv6 } from 'node:net'
import { InvalidAddressError } from './tcp-errors.ts'

/** Where to connect to or to listen on. */
export interface TcpAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string
  readonly port: number
}

/** The longest address that is looked at: the longest DNS name, with scheme and port. */
const addressLengthMax = 270
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i

/** Reads `tcp://host:port`, strictly: nothing before, between or after. Throws `InvalidAddressError`. */
export function parseTcpAddress(text: string): TcpAddress {
  if (text.length > addressLengthMax) throw new InvalidAddressError(text, 'it is too long')
  const parts = /^tcp:\/\/(?:\[([^\]]*)\]|([^[\]:/?#@]*)):(\d{1,5})$/.exec(text)
  if (parts === null) throw new InvalidAddressError(text, 'it has another form')
  const [, bracketed, plain = '', digits] = parts
  const port = Number(digits)
  if (port > 65_535) throw new InvalidAddressError(text, `there is no port ${port}`)
  if (bracketed !== undefined) {
    if (!isIPv6(bracketed)) throw new InvalidAddressError(text, 'there is no IPv6 address in the brackets')
    return { host: bracketed, port }
  }
  if (!isIPv4(plain) && !isName(plain))
    throw new InvalidAddressError(text, 'its host is neither a name nor an IP address')
  return { host: plain, port }
}

/** The address as text. An IPv4 address that comes mapped into IPv6 is shown as what it is. */
export function formatTcpAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return 'tcp://unknown:0'
  const unmapped = host.replace(/^::ffff:(?=\d+\.)/i, '')
  return unmapped.includes(':') ? `tcp://[${unmapped}]:${port}` : `tcp://${unmapped}:${port}`
}

function isName(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.')
  // A last label of digits means an IP address in a form that only some resolvers read ("127.1").
  return labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

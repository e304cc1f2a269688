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

/** What is suggested where somebody names no port. */
const suggestedPort = 4001
const portMax = 65_535

/** Reads `tcp://host:port`, strictly: nothing before, between or after. Throws `InvalidAddressError`. */
export function parseTcpAddress(text: string): TcpAddress {
  const read = readTcpAddress(text)
  if (typeof read === 'string') throw new InvalidAddressError(text, read, addressGuesses(text)[0])
  return read
}

/** Addresses that somebody may have meant by a text that is none: it lacks the scheme, the port or the brackets, or has a port that does not exist. */
function addressGuesses(text: string): string[] {
  return guesses(text, [])
}

/** The same for an address to listen on, with all addresses of the machine as the last resort. */
export function listenGuesses(text: string): string[] {
  return guesses(text, ['0.0.0.0'])
}

function guesses(text: string, otherHosts: readonly string[]): string[] {
  if (text.length > addressLengthMax) return []
  const rest = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/\/+$/, '')
  const [, host = '', digits = suggestedPort] = /^(.*):(\d+)$/.exec(rest) ?? []
  const port = Number(digits) > portMax || Number(digits) === 0 ? suggestedPort : digits
  const texts = [
    `tcp://${rest}`,
    `tcp://${rest}:${suggestedPort}`,
    `tcp://${host}:${port}`,
    `tcp://[${host.replaceAll(/[[\]]/g, '')}]:${port}`,
    `tcp://[${rest}]:${suggestedPort}`,
    `tcp://0.0.0.0:${rest.replace(/^:/, '')}`,
    ...otherHosts.map((other) => `tcp://${other}:${port}`),
  ]
  return texts.filter((guess) => typeof readTcpAddress(guess) !== 'string')
}

/** The address, or what is wrong with the text. */
export function readTcpAddress(text: string): TcpAddress | string {
  if (text.length > addressLengthMax) return 'it is too long'
  const parts = /^tcp:\/\/(?:\[([^\]]*)\]|([^[\]:/?#@]*)):(\d{1,5})$/.exec(text)
  if (parts === null) return 'it has another form'
  const [, bracketed, plain = '', digits] = parts
  const port = Number(digits)
  if (port > portMax) return `there is no port ${port}`
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? { host: bracketed, port } : 'there is no IPv6 address in the brackets'
  }
  return isIPv4(plain) || isName(plain) ? { host: plain, port } : 'its host is neither a name nor an IP address'
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

// Not every address can be used for everything: a node listens on addresses of its own machine, and what it tells its peers has to be dialed by them.
import { BlockList, isIP } from 'node:net'
import { listenGuesses, parseTcpAddress, readTcpAddress, type TcpAddress } from './tcp-address.ts'
import { InvalidAddressError } from './tcp-errors.ts'

type Use = 'listen on' | 'dial'

/** Addresses under which there is no single machine: all addresses of this one, several machines (RFC 5771, RFC 4291), every machine. */
const nobody = new BlockList()
nobody.addSubnet('0.0.0.0', 8, 'ipv4')
nobody.addSubnet('224.0.0.0', 4, 'ipv4')
nobody.addAddress('255.255.255.255', 'ipv4')
nobody.addAddress('::', 'ipv6')
nobody.addSubnet('ff00::', 8, 'ipv6')

/** Reads an address to listen on: an IP address or `localhost`, with any port. Throws `InvalidAddressError`, whose advice is taken. */
export function parseListenAddress(text: string): TcpAddress {
  return parseFor('listen on', text, listenProblem)
}

/** Reads an address that other machines dial. Throws `InvalidAddressError`, whose advice is taken. */
export function parseDialableAddress(text: string): TcpAddress {
  return parseFor('dial', text, dialProblem)
}

function parseFor(use: Use, text: string, problemOf: (address: TcpAddress) => string | undefined): TcpAddress {
  const read = readTcpAddress(text)
  const problem = typeof read === 'string' ? read : problemOf(read)
  if (problem === undefined) return parseTcpAddress(text)
  const meant = listenGuesses(text).find((guess) => problemOf(parseTcpAddress(guess)) === undefined)
  throw new InvalidAddressError(text, problem, meant ?? 'one that others reach, such as tcp://example.net:4001', use)
}

function listenProblem({ host }: TcpAddress): string | undefined {
  if (isIP(host) !== 0 || host.toLowerCase() === 'localhost') return undefined
  return 'its host has to be an IP address of this machine'
}

function dialProblem({ host, port }: TcpAddress): string | undefined {
  if (port === 0) return 'port 0 means any when listening, and cannot be dialed'
  const family = isIP(host)
  if (family === 0 || !nobody.check(host, family === 4 ? 'ipv4' : 'ipv6')) return undefined
  return 'no single machine has it'
}

import type { LinkView } from '../daemon/contract/link.ts'

/** Addresses that lead nowhere but to this machine, and those that only a local network knows (RFC 1918, 3927, 4193, 4291, 6598). */
const loopback = /^(127\.|\[?::1\]?$|localhost$)/
const local = /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[?f[cd][0-9a-f]{2}:|\[?fe[89ab][0-9a-f]:)/i
const shared = /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./

/** How a link goes, as the end of a sentence. */
export function pathText({ kind, address, localAddress }: Pick<LinkView, 'kind' | 'address' | 'localAddress'>): string {
  if (kind === 'relay') return 'over a relay'
  if (kind === 'memory') return 'in memory'
  const host = hostOf(address)
  if (loopback.test(host) || host === hostOf(localAddress)) return 'on this machine'
  if (local.test(host)) return 'over the local network'
  return shared.test(host) ? 'over a private network' : 'over the internet'
}

function hostOf(address: string): string {
  return address
    .replace(/^\w+:\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/^\[?::ffff:/i, '')
}

// The records of SPEC.md, section 18: DNS-based service discovery (RFC 6763) of a node.
import { isIPv4 } from 'node:net'
import type multicastDns from 'multicast-dns'
import { fitText } from '../core/frame/bytes.ts'
import { ADDRESSES_MAX, NAME_BYTES_MAX } from '../core/frame/constants.ts'
import { cleanName } from '../identity/name.ts'
import { NETWORK_TAG } from '../identity/network-tag.ts'
import { type PeerId, parsePeerId } from '../identity/peer-id.ts'
import { formatTcpAddress, parseTcpAddress } from '../transport/tcp/tcp-address.ts'
import type { Announcement, Sighting } from './discovery.ts'
import { isOnLink, type MulticastInterface } from './interfaces.ts'

/** A DNS record as it is written and read. */
export type Answer = NonNullable<multicastDns.ResponsePacket['answers']>[number]

export const SERVICE = '_holdfast._tcp.local'
/** Of all records (RFC 6762, section 10, recommends 120 s for those that depend on an address). Whatever a packet says, nothing of it is believed for longer. */
export const TTL_S = 120
/** Nodes that one packet may tell of. An honest one tells of its sender. */
const SIGHTINGS_MAX = 8
/** Records of one packet that are looked at. */
const RECORDS_MAX = 128
const INSTANCE_LENGTH = 32
const TXT_VERSION = '1'

/** The name of the node as a service, from its id. */
export function instanceOf(id: PeerId): string {
  return `hf-${id.slice(3, 3 + INSTANCE_LENGTH)}`
}

/** What is told of the node on an interface; empty if it does not listen there. With `ttlS` 0 it is taken back. */
export function recordsOf(
  id: PeerId,
  { name, listening, acceptsPairing, tag }: Announcement,
  on: MulticastInterface,
  ttlS = TTL_S,
): Answer[] {
  const [first, ...others] = listening.flatMap((address) => placesOf(address, on))
  if (first === undefined) return []
  const { port } = first
  // A service has one port; of several the first one counts.
  const ips = new Set([first, ...others].filter((place) => place.port === port).map(({ ip }) => ip))
  const instance = `${instanceOf(id)}.${SERVICE}`
  const target = `${instanceOf(id)}.local`
  const text = [`v=${TXT_VERSION}`, `id=${id}`, `name=${fitText(name, NAME_BYTES_MAX)}`]
  if (tag !== undefined) text.push(`tag=${tag}`)
  const common = { ttl: ttlS, flush: true }
  return [
    { type: 'PTR', name: SERVICE, ttl: ttlS, data: instance },
    { type: 'SRV', name: instance, ...common, data: { priority: 0, weight: 0, port, target } },
    { type: 'TXT', name: instance, ...common, data: acceptsPairing ? [...text, 'pair=1'] : text },
    ...[...ips].map((ip): Answer => ({ type: isIPv4(ip) ? 'A' : 'AAAA', name: target, ...common, data: ip })),
  ]
}

/** Whether a question is about the node with this id. */
export function isAskedFor(name: string, id: PeerId): boolean {
  const asked = name.toLowerCase()
  return asked === SERVICE || asked === `${instanceOf(id)}.${SERVICE}` || asked === `${instanceOf(id)}.local`
}

/** What a packet that came in on an interface from an IP address tells of nodes. Whatever it holds, this does not throw. */
export function sightingsIn(records: readonly Answer[], from: string, on: MulticastInterface): Sighting[] {
  const looked = records.slice(0, RECORDS_MAX)
  const services = looked.filter((record) => record.type === 'SRV').slice(0, SIGHTINGS_MAX)
  return services.flatMap((service) => sightingOf(service, looked, from, on) ?? [])
}

type Service = Extract<Answer, { type: 'SRV' }>

function sightingOf(
  service: Service,
  records: readonly Answer[],
  from: string,
  on: MulticastInterface,
): Sighting | undefined {
  const instance = service.name.toLowerCase()
  const text = records.find((record) => record.type === 'TXT' && record.name.toLowerCase() === instance)
  const { data, ttl } = service
  if (text?.type !== 'TXT' || !instance.endsWith(`.${SERVICE}`)) return undefined
  const entries = textEntries(text.data)
  const id = idOf(entries.get('id'))
  if (id === undefined || entries.get('v') !== TXT_VERSION || instance !== `${instanceOf(id)}.${SERVICE}`)
    return undefined
  if (!Number.isInteger(data.port) || data.port < 1 || typeof data.target !== 'string') return undefined
  const target = data.target.toLowerCase()
  const addresses = records.flatMap((record) => {
    if ((record.type !== 'A' && record.type !== 'AAAA') || record.name.toLowerCase() !== target) return []
    return isOnLink(record.data, on) ? [formatTcpAddress(record.data, data.port)] : []
  })
  return {
    id,
    from,
    name: cleanName(entries.get('name') ?? '', id),
    addresses: [...new Set(addresses)].slice(0, ADDRESSES_MAX),
    acceptsPairing: entries.get('pair') === '1',
    tag: tagOf(entries.get('tag')),
    lifeMs: 1_000 * Math.min(TTL_S, Math.max(0, ttl ?? 0)),
  }
}

/** The strings `key=value` of a TXT record (RFC 6763, section 6.4): the first of each key counts, keys in any case. */
function textEntries(data: unknown): Map<string, string> {
  const entries = new Map<string, string>()
  for (const one of Array.isArray(data) ? data : [data]) {
    const text = Buffer.isBuffer(one) ? one.toString('utf8') : typeof one === 'string' ? one : ''
    const at = text.indexOf('=')
    const key = text.slice(0, Math.max(0, at)).toLowerCase()
    if (key !== '' && !entries.has(key)) entries.set(key, text.slice(at + 1))
  }
  return entries
}

function tagOf(text: string | undefined): string | undefined {
  return text !== undefined && NETWORK_TAG.test(text) ? text : undefined
}

function idOf(text: string | undefined): PeerId | undefined {
  try {
    // Only as it is written: what people paste is read more kindly.
    const id = parsePeerId(text ?? '')
    return id === text ? id : undefined
  } catch {
    return undefined
  }
}

/** Where a listener can be dialed on the interface: everywhere if it listens on all addresses, else where it is. */
function placesOf(address: string, { ips }: MulticastInterface): { readonly ip: string; readonly port: number }[] {
  const at = tcpPlace(address)
  if (at === undefined) return []
  const { host, port } = at
  if (host === '::') return ips.map((ip) => ({ ip, port }))
  if (host === '0.0.0.0') return ips.filter((ip) => isIPv4(ip)).map((ip) => ({ ip, port }))
  return ips.includes(host) ? [{ ip: host, port }] : []
}

function tcpPlace(address: string): ReturnType<typeof parseTcpAddress> | undefined {
  try {
    return parseTcpAddress(address)
  } catch {
    return undefined
  }
}

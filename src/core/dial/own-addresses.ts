import { addressKey } from './address-key.ts'
import { contains, parseNetwork } from './address-kind.ts'
import { addressParts, type IpAddress, parseIpAddress } from './address-order.ts'

/** Addresses at which a node has found itself, beyond those that it can tell; the oldest goes first. */
export const OWN_ADDRESSES_FOUND_MAX = 64

const loopback = ['127.0.0.0/8', '::1/128'].map(parseNetwork).filter((network) => network !== undefined)
/** The system takes it for loopback when it is dialed. */
const unspecified = ['0.0.0.0/32', '::/128'].map(parseNetwork).filter((network) => network !== undefined)

/**
 * Which addresses lead to this node itself. Two machines whose nodes listen on all interfaces at one port, as in the examples, share `127.0.0.1` and `172.17.0.1`
 * with that port: dialed from here, both lead back here, whoever announced them.
 */
export class OwnAddresses {
  #listening: ReadonlySet<string> = new Set()
  /** As text: most addresses of peers have another port, and are told apart by that alone. */
  #ports: ReadonlySet<string> = new Set()
  /** Ports that are listened on at all addresses of a family; a socket on `[::]` takes IPv4 as well. */
  #everywhere: { readonly 4: ReadonlySet<number>; readonly 6: ReadonlySet<number> } = { 4: new Set(), 6: new Set() }
  #hosts: ReadonlySet<string> = new Set()
  readonly #found = new Set<string>()

  /** `listening`: addresses with real ports. `hosts`: the IP addresses of this machine. */
  update(listening: readonly string[], hosts: readonly string[]): void {
    const ports = { 4: new Set<number>(), 6: new Set<number>() }
    for (const address of listening) {
      const parts = addressParts(address)
      if (parts?.ip === undefined || !isOneOf(unspecified, parts.ip)) continue
      ports[4].add(parts.port)
      if (parts.host.includes(':')) ports[6].add(parts.port)
    }
    this.#everywhere = ports
    this.#listening = new Set(listening.map(addressKey))
    this.#ports = new Set(listening.map(portOf))
    this.#hosts = new Set(hosts.map(hostKey))
  }

  /** This node itself answered at the address. */
  found(address: string): void {
    const key = addressKey(address)
    this.#found.delete(key)
    this.#found.add(key)
    const [oldest] = this.#found
    if (this.#found.size > OWN_ADDRESSES_FOUND_MAX && oldest !== undefined) this.#found.delete(oldest)
  }

  /** The network is another one: names and routers may lead elsewhere. */
  forgetFound(): void {
    this.#found.clear()
  }

  has(address: string): boolean {
    if (this.#found.size === 0 && !this.#ports.has(portOf(address))) return false
    const key = addressKey(address)
    if (this.#listening.has(key) || this.#found.has(key)) return true
    const parts = addressParts(address)
    if (parts === undefined) return false
    const { host, port, ip } = parts
    if (ip === undefined) return host.toLowerCase() === 'localhost' && this.#everywhere[4].has(port)
    if (!this.#everywhere[ip.family].has(port)) return false
    return isLoopback(address) || this.#hosts.has(ip.groups.join())
  }
}

/** Dialed from any machine, the address leads to that machine. */
export function isLoopback(address: string): boolean {
  const { host = '', ip } = addressParts(address) ?? {}
  if (ip === undefined) return host.toLowerCase() === 'localhost'
  return isOneOf(loopback, ip) || isOneOf(unspecified, ip)
}

/** Listening there is listening at all addresses of a family. */
export function isUnspecified(address: string): boolean {
  const ip = addressParts(address)?.ip
  return ip !== undefined && isOneOf(unspecified, ip)
}

export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1)
}

function isOneOf(networks: readonly { ip: IpAddress; prefixBits: number }[], ip: IpAddress): boolean {
  return networks.some((network) => contains(network, ip))
}

function hostKey(host: string): string {
  return parseIpAddress(host)?.groups.join() ?? host
}

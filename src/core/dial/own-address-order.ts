import { contains, parseNetwork } from './address-kind.ts'
import { parseIpAddress } from './address-order.ts'

/** An IP address of this machine, with its interface. */
export interface InterfaceAddress {
  readonly interface: string
  readonly host: string
}

/** IP addresses of this machine, best first in each list. */
export interface OrderedAddresses {
  /** Of interfaces that probably lead to other machines. */
  readonly direct: readonly string[]
  /** Of tunnels, then of bridges and other interfaces for containers and virtual machines, then link-local ones. */
  readonly doubtful: readonly string[]
}

/** Interfaces that join a machine to an overlay network: of use to those who are in it too. */
const tunnels = /^(tun|tap|utun|wg|tailscale|zt|ppp|ipsec|nebula)/i
/** Interfaces for containers and virtual machines. What is behind them is on this machine, and other machines have the same addresses. */
const virtual =
  /^(docker|br-|br\d|bridge|virbr|veth|cni|flannel|cali|vxlan|vmnet|vboxnet|vnet|lxc|lxd|podman|kube|nerdctl|dummy|ifb|vEthernet)/i

const linkLocal = ['169.254.0.0/16', 'fe80::/10'].map(parseNetwork).filter((network) => network !== undefined)

const tiers = ['default-route', 'other', 'tunnel', 'virtual', 'link-local'] as const
type Tier = (typeof tiers)[number]

/**
 * Orders addresses of this machine by how useful they can be to another one. `defaultInterfaces`: those that the default routes lead over, the preferred one
 * first. Names decide about the others. Within a tier the interfaces take turns, and the two families, so that one that has many addresses does not crowd out
 * the rest where a list is cut.
 */
export function orderByUsefulness(
  addresses: readonly InterfaceAddress[],
  defaultInterfaces: readonly string[],
): OrderedAddresses {
  const inTier = new Map<Tier, InterfaceAddress[]>(tiers.map((tier) => [tier, []]))
  for (const address of addresses) inTier.get(tierOf(address, defaultInterfaces))?.push(address)
  const [routed = [], other = [], ...doubtful] = tiers.map((tier) => inTier.get(tier) ?? [])
  const rank = ({ interface: name }: InterfaceAddress): number => defaultInterfaces.indexOf(name)
  return {
    direct: [...inTurns(routed.toSorted((a, b) => rank(a) - rank(b))), ...inTurns(other)],
    doubtful: doubtful.flatMap(inTurns),
  }
}

function tierOf({ interface: name, host }: InterfaceAddress, defaultInterfaces: readonly string[]): Tier {
  const ip = parseIpAddress(host)
  if (ip !== undefined && linkLocal.some((network) => contains(network, ip))) return 'link-local'
  if (defaultInterfaces.includes(name)) return 'default-route'
  if (virtual.test(name)) return 'virtual'
  return tunnels.test(name) ? 'tunnel' : 'other'
}

/** The first address of each interface and family, then the second ones, and so on. */
function inTurns(addresses: readonly InterfaceAddress[]): string[] {
  const counts = new Map<string, number>()
  const numbered = addresses.map(({ interface: name, host }) => {
    const key = `${name} ${host.includes(':')}`
    const turn = counts.get(key) ?? 0
    counts.set(key, turn + 1)
    return { host, turn }
  })
  return numbered.toSorted((a, b) => a.turn - b.turn).map(({ host }) => host)
}

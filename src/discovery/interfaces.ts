import type { NetworkInterfaceInfo } from 'node:os'
import { contains, type OwnNetwork, parseNetwork } from '../core/dial/address-kind.ts'
import { parseIpAddress } from '../core/dial/address-order.ts'

/** As `os.networkInterfaces()` answers. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** An interface on which multicast is sent and heard. */
export interface MulticastInterface {
  readonly name: string
  /** The IPv4 address that stands for it. */
  readonly address: string
  /** All its addresses that others on it can dial: those of IPv6 that need no zone as well. */
  readonly ips: readonly string[]
  readonly networks: readonly OwnNetwork[]
}

/** Interfaces beyond these are left out: a machine with hundreds has them for its containers. */
const INTERFACES_MAX = 16

/** Those that have IPv4, the loopback interface included: on it the nodes of one machine find each other without any network. */
export function multicastInterfaces(all: Interfaces): MulticastInterface[] {
  return Object.entries(all)
    .flatMap(([name, infos = []]) => {
      const usable = infos.filter(({ address, cidr }) => cidr !== null && !/^fe[89ab]/i.test(address))
      const first = usable.find(({ family }) => family === 'IPv4')
      if (first === undefined) return []
      const networks = usable.flatMap(({ cidr }) => parseNetwork(cidr ?? '') ?? [])
      return [{ name, address: first.address, ips: usable.map(({ address }) => address), networks }]
    })
    .slice(0, INTERFACES_MAX)
}

/** Whether the address is on a network of the interface, so that it can be what somebody there says of himself. */
export function isOnLink(text: string, { networks }: MulticastInterface): boolean {
  const ip = parseIpAddress(text)
  return ip !== undefined && networks.some((network) => contains(network, ip))
}

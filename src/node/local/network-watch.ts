import type { NetworkInterfaceInfo } from 'node:os'
import type { Clock, Timer } from '../../clock.ts'
import { type OwnNetwork, parseNetwork } from '../../core/dial/address-kind.ts'

/**
 * How often to look. There is no event for it in Node, and a look takes some 0.1 ms; half a second leaves time for a dial within 1.5 s of the network's
 * return.
 */
const LOOK_MS = 500

/** As `os.networkInterfaces()` answers. */
export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

export interface NetworkWatchOptions {
  readonly clock: Clock
  /** What the system says now. May throw, as some systems do when they are short of something: then nothing has changed. */
  interfaces(): NetworkInterfaces
  /** The set of usable addresses is another one than before. */
  changed(change: NetworkChange): void
}

export interface NetworkChange {
  /** IP addresses, each with its interface: `eth0 192.0.2.7/24`. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export interface NetworkWatch {
  /** The networks that the interfaces are in now, for the ranking of addresses. */
  readonly networks: readonly OwnNetwork[]
  stop(): void
}

/**
 * Watches the interfaces of this machine. Addresses that lead nowhere else are left out: those of the loopback interface, and link-local ones, which are there
 * before a network is and stay when it goes. But an interface that has no other IPv4 address than a link-local one may be a cable between two machines, where that is all there is.
 */
export function watchNetwork(options: NetworkWatchOptions): NetworkWatch {
  const { clock } = options
  let usable = look(options) ?? new Set<string>()
  let timer: Timer
  const again = (): void => {
    timer = clock.after(LOOK_MS, () => {
      const before = usable
      usable = look(options) ?? before
      const added = [...usable.difference(before)]
      const removed = [...before.difference(usable)]
      again()
      if (added.length + removed.length > 0) options.changed({ added, removed })
    })
  }
  again()
  return {
    get networks() {
      return [...usable].flatMap((one) => parseNetwork(one.slice(one.indexOf(' ') + 1)) ?? [])
    },
    stop: () => timer.cancel(),
  }
}

function look(options: NetworkWatchOptions): Set<string> | undefined {
  try {
    const all = Object.entries(options.interfaces())
    return new Set(all.flatMap(([name, infos = []]) => usableOf(infos).map(({ cidr }) => `${name} ${cidr}`)))
  } catch {
    return undefined
  }
}

function usableOf(infos: readonly NetworkInterfaceInfo[]): NetworkInterfaceInfo[] {
  const outside = infos.filter(
    ({ internal, cidr, address }) => !internal && cidr !== null && !/^fe[89ab]/i.test(address),
  )
  const routed = outside.filter(({ address }) => !isLinkLocalIpv4(address))
  return routed.some(({ family }) => family === 'IPv4') ? routed : outside
}

function isLinkLocalIpv4(address: string): boolean {
  return address.startsWith('169.254.')
}

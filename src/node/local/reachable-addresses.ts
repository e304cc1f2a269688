import { orderByUsefulness } from '../../core/dial/own-address-order.ts'
import { formatTcpAddress, parseTcpAddress } from '../../transport/tcp/tcp-address.ts'
import type { NetworkInterfaces } from './network-watch.ts'

/**
 * Where others can dial a node that listens on `listening`, the most useful addresses first; a list that is cut loses those of bridges and containers. Loopback is named only where there is nothing else. An address
 * on all interfaces is of no use to others: the ones behind it are. `forwarded`: where a router may forward from. `defaultInterfaces`: those of the default routes.
 */
export function reachableAddresses(
  listening: readonly string[],
  forwarded: readonly string[],
  interfaces: NetworkInterfaces,
  defaultInterfaces: readonly string[],
): string[] {
  const best: string[] = []
  const last: string[] = []
  for (const text of listening) {
    const { host, port } = parseTcpAddress(text)
    if (host !== '0.0.0.0' && host !== '::') {
      best.push(text)
      continue
    }
    const { direct, doubtful } = orderByUsefulness(ownAddresses(interfaces, host === '::'), defaultInterfaces)
    // By any other address, the nodes of this machine reach one another as well.
    const others = direct.length + doubtful.length === 0 ? ['127.0.0.1'] : doubtful
    best.push(...direct.map((ip) => formatTcpAddress(ip, port)))
    last.push(...others.map((ip) => formatTcpAddress(ip, port)))
  }
  return [...best, ...forwarded, ...last]
}

/** Link-local addresses of IPv6 are left out: they need a zone, which each machine names otherwise. */
function ownAddresses(interfaces: NetworkInterfaces, withIpv6: boolean): { interface: string; host: string }[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter(
        ({ family, internal, address }) => !internal && (family === 'IPv4' || withIpv6) && !/^fe[89ab]/i.test(address),
      )
      .map(({ address }) => ({ interface: name, host: address })),
  )
}

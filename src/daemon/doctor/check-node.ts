// This node by itself: where it listens, whether it answers there, and in which networks it is.
import { networkInterfaces } from 'node:os'
import type { Node } from '../../node/api.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { type Dialed, type Dialing, dialed } from './dialed.ts'
import { fail, info, ok, warn } from './finding.ts'

/** Where it listens, and the addresses that it tells its peers: each is dialed from here. */
export async function checkListening(dialing: Dialing): Promise<DoctorCheck[]> {
  const { node } = dialing
  if (node.listening.length === 0) {
    return [
      warn(
        'listening',
        'this node does not listen, so it can dial its peers and they cannot dial it',
        'let it listen, unless its peers can always be dialed from here',
      ),
    ]
  }
  const results = await Promise.all(node.addresses.map((address) => dialed(dialing, address, node.id)))
  return [
    ok('listening', `listens on ${node.listening.join(', ')}`, { listening: [...node.listening] }),
    ...(results.length === 0 ? [noAddress] : results.map((result) => ofOwnAddress(result, isVisited(node)))),
  ]
}

const noAddress = warn(
  'own-address',
  'peers are told no address of this node, so none of them can dial it',
  'connect the machine to a network, or say with `advertise` where it can be reached',
)

function ofOwnAddress(result: Dialed, visited: boolean): DoctorCheck {
  const { address } = result
  switch (result.kind) {
    case 'answered':
    case 'this-node':
      return ok('own-address', `answers at ${address}`, { address })
    case 'somebody-else':
      return fail(
        'own-address',
        `peers are told ${address}, and another node answers there, ${result.id}`,
        'correct `advertise`, or the forwarding of the port',
        { address, id: result.id },
      )
    case 'failed': {
      const text = `peers are told ${address}; dialed from here: ${result.text}`
      const data = { address, reason: result.reason }
      if (visited) return info('own-address', `${text}. Peers do come in, so that need not mean anything`, data)
      return warn(
        'own-address',
        text,
        'look for a firewall on this machine; behind a router that forwards the port this may be so only from inside',
        data,
      )
    }
  }
}

/** Somebody on another machine came in by itself. */
function isVisited(node: Node): boolean {
  const links = node.peers().flatMap((peer) => peer.links)
  return links.some(({ direction, address }) => direction === 'inbound' && !/\/\/(127\.|\[::1\])/.test(address))
}

/** The addresses of this machine beside loopback. */
export function checkInterfaces(interfaces = networkInterfaces()): DoctorCheck {
  const addresses = Object.entries(interfaces).flatMap(([name, list]) =>
    (list ?? [])
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
      .map(({ address }) => `${address} (${name})`),
  )
  if (addresses.length > 0) return ok('interfaces', `this machine has ${addresses.join(', ')}`, { addresses })
  return warn(
    'interfaces',
    'this machine has no address beside its loopback, so only nodes on it can be reached',
    'connect it to a network',
    { addresses },
  )
}

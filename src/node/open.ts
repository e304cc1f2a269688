import { randomBytes } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { systemClock } from '../clock.ts'
import { MdnsDiscovery } from '../discovery/mdns.ts'
import { loadOrCreateIdentity } from '../identity/identity-file.ts'
import { parseName } from '../identity/name.ts'
import { holdFolder } from '../store/folder.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { parseDialableAddress } from '../transport/tcp/address-use.ts'
import { tcpTransport } from '../transport/tcp/tcp.ts'
import { parseTcpAddress } from '../transport/tcp/tcp-address.ts'
import { ListenError } from '../transport/tcp/tcp-errors.ts'
import type { Node } from './api.ts'
import { createNode, type NodeParts } from './create.ts'
import { defaultRouteInterfaces } from './local/default-route.ts'
import { reachableAddresses } from './local/reachable-addresses.ts'
import type { OpenOptions } from './options.ts'
import { stallTolerantClock } from './timing/stall-tolerant-clock.ts'

/** Where the port that was picked at the first start is kept. */
const PORT_SETTING = 'listen-port'

/**
 * Opens the node whose identity and peers live in a folder, and makes them if the folder is new.
 * Throws when another process holds the folder, when a file in it is damaged, when an address cannot be listened on, or when one that is advertised cannot be dialed.
 */
export async function open({ dir, name, listen, discovery, ...options }: OpenOptions): Promise<Node> {
  for (const address of [...(options.advertise ?? []), ...(options.network?.addresses ?? [])])
    parseDialableAddress(address)
  const hold = await holdFolder(dir)
  let store: Store | undefined
  const clock = stallTolerantClock(systemClock)
  const release = (): void => {
    clock.stop()
    store?.close()
    hold.release()
  }
  try {
    const identity = await loadOrCreateIdentity(dir)
    store = openSqliteStore(dir)
    const parts: NodeParts = {
      ...options,
      id: identity.id,
      name: name === undefined ? hostname() : parseName(name),
      store,
      transports: [tcpTransport({ identity, clock })],
      listen: listen ?? [],
      reachable: (listening, forwarded) =>
        reachableAddresses(listening, forwarded, networkInterfaces(), defaultRouteInterfaces()),
      clock,
      random: Math.random,
      randomBytes,
      discovery:
        discovery?.mdns === false
          ? undefined
          : new MdnsDiscovery({ clock, random: Math.random, interfaces: networkInterfaces }),
      announce: discovery?.announce,
      interfaces: networkInterfaces,
      onStall: (callback) => clock.onStall(callback),
    }
    const node = listen === undefined ? await createListening(parts, store) : await createNode(parts)
    return closingAlso(node, release)
  } catch (error) {
    release()
    throw error
  }
}

/** Listens on the port that was used before; on another one, which is kept, if there is none or it is taken. */
async function createListening(parts: NodeParts, store: Store): Promise<Node> {
  const kept = store.setting(PORT_SETTING)
  const node = (kept !== undefined && (await createOnPort(parts, kept))) || (await createOnPort(parts, '0'))
  if (node === undefined) return createNode({ ...parts, listen: ['tcp://0.0.0.0:0'] })
  const [address] = node.listening
  const port = address && String(parseTcpAddress(address).port)
  // A setting is written through to the disk, which takes as long as the rest of the start.
  if (port !== undefined && port !== kept) store.saveSetting(PORT_SETTING, port)
  return node
}

/** On all interfaces, those of IPv6 too where there are any; undefined if the port is taken. */
async function createOnPort(parts: NodeParts, port: string): Promise<Node | undefined> {
  for (const host of ['[::]', '0.0.0.0']) {
    try {
      return await createNode({ ...parts, listen: [`tcp://${host}:${port}`] })
    } catch (error) {
      if (!(error instanceof ListenError)) throw error
    }
  }
  return undefined
}

/** The folder is let go of with the node. While it is open, the process stays: a node without a socket still waits for its peers. */
function closingAlso(node: Node, release: () => void): Node {
  const stay = setInterval(() => undefined, 0x7fff_ffff)
  const close = node.close.bind(node)
  let closed: Promise<void> | undefined
  node.close = (options) => {
    closed ??= close(options).finally(() => {
      clearInterval(stay)
      release()
    })
    return closed
  }
  return node
}

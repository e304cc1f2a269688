// Holdfast through its public API, as a program would use it: `open`, a folder for each node, pairing by ticket.
import { rm } from 'node:fs/promises'
import { open } from '../../src/index.ts'
import type { Node, Peer } from '../../src/node/api.ts'
import {
  type ByteStream,
  type Client,
  type Contestant,
  type Listener,
  type ListenOptions,
  PROTOCOL,
} from '../contestant.ts'
import { makeFolder } from '../folder.ts'
import { DuplexStream } from './duplex.ts'

export const holdfast: Contestant = {
  traits: { multiplexes: true, survivesReset: true },
  listen,
  join,
}

/** Nobody announces itself or looks for others: a thousand clients would spend their time on one another, and iroh and libp2p do not either. */
const discovery = { mdns: false }

async function listen({ serve, proxyPort }: ListenOptions): Promise<Listener> {
  const dir = await makeFolder()
  const advertise = proxyPort === undefined ? {} : { advertise: [`tcp://127.0.0.1:${proxyPort}`] }
  const node = await open({ dir, name: 'server', listen: ['tcp://127.0.0.1:0'], discovery, ...advertise })
  node.handle(PROTOCOL, (stream) => serve(new DuplexStream(stream)))
  const port = Number(new URL(node.listening[0] ?? '').port)
  return { port, invite: () => node.ticket() }
}

async function join(ticket: string): Promise<Client> {
  const dir = await makeFolder()
  const node = await openClient(dir)
  const peer = await node.pair(ticket)
  return new HoldfastClient(dir, node, peer)
}

/** A client does not listen, so that it is always the one that dials, as with the other contestants. */
function openClient(dir: string): Promise<Node> {
  return open({ dir, name: 'client', listen: [], discovery })
}

class HoldfastClient implements Client {
  readonly #dir: string
  #node: Node | undefined
  #peer: Peer

  constructor(dir: string, node: Node, peer: Peer) {
    this.#dir = dir
    this.#node = node
    this.#peer = peer
  }

  /** After `disconnect` this opens the node anew: from its folder, with its key, its database and a new certificate. */
  async connect(): Promise<void> {
    if (this.#node === undefined) {
      this.#node = await openClient(this.#dir)
      this.#peer = this.#node.peer(this.#peer.id)
    }
    await this.#peer.connected()
  }

  async openStream(): Promise<ByteStream> {
    return new DuplexStream(await this.#peer.openStream(PROTOCOL))
  }

  async disconnect(): Promise<void> {
    await this.#node?.close()
    this.#node = undefined
  }

  async close(): Promise<void> {
    await this.disconnect()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

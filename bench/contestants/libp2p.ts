// js-libp2p with TCP, Noise and Yamux. Neither identify nor ping are added: it is measured at its leanest.
import { type Connection, KEEP_ALIVE, type Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import {
  type ByteStream,
  type Client,
  type Contestant,
  type Listener,
  type ListenOptions,
  PROTOCOL,
  type StreamHandlers,
} from '../contestant.ts'

/** The protocol's name as libp2p writes such names. */
const LIBP2P_PROTOCOL = `/${PROTOCOL}`
/** Far above what is measured; the defaults are 32 and 64 streams of a protocol. */
const STREAMS_MAX = 10_000

export const libp2p: Contestant = {
  traits: { multiplexes: true, survivesReset: false },
  listen,
  async join(invitation) {
    const node = await createNode([])
    await node.start()
    return new Libp2pClient(node, invitation)
  },
}

interface NodeOptions {
  /** Connections whose pings fail are ended, as they are by default. */
  readonly endsSilent?: boolean
  /** Told of each attempt to connect. */
  readonly dialing?: () => void
}

function createNode(listenOn: string[], { endsSilent = false, dialing }: NodeOptions = {}): Promise<Libp2p> {
  return createLibp2p({
    start: false,
    addresses: { listen: listenOn },
    transports: [
      (components) => {
        const transport = tcp()(components)
        const dial = transport.dial.bind(transport)
        transport.dial = (...parameters) => {
          dialing?.()
          return dial(...parameters)
        }
        return transport
      },
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // The defaults allow 300 connections and five new ones a second from one host.
    connectionManager: {
      maxConnections: 10_000,
      inboundConnectionThreshold: 10_000,
      maxIncomingPendingConnections: 1_000,
    },
    // Its pings stay as they are, but one that is late because a benchmark keeps the machine busy must not end a
    // connection, except where that is what is measured.
    connectionMonitor: { abortConnectionOnPingFailure: endsSilent },
  })
}

async function listen({ serve, proxyPort }: ListenOptions): Promise<Listener> {
  const node = await createNode(['/ip4/127.0.0.1/tcp/0'])
  await node.start()
  await node.handle(LIBP2P_PROTOCOL, (stream) => serve(new Libp2pStream(stream)), {
    maxInboundStreams: STREAMS_MAX,
    maxOutboundStreams: STREAMS_MAX,
  })
  const port = portOf(node)
  return { port, invite: async () => `/ip4/127.0.0.1/tcp/${proxyPort ?? port}/p2p/${node.peerId.toString()}` }
}

function portOf(node: Libp2p): number {
  return Number(
    node
      .getMultiaddrs()[0]
      ?.getComponents()
      .find(({ name }) => name === 'tcp')?.value,
  )
}

/** A node of js-libp2p that holds its peers as it offers it: tagged keep-alive. Only own types, for its users. */
export class Libp2pHolder {
  /** Called when the peer has its first connection, and when it has lost its last. */
  changed: (kind: 'up' | 'lost', peer: string) => void = () => {}
  readonly #node: Libp2p

  private constructor(node: Libp2p) {
    this.#node = node
    node.addEventListener('peer:connect', ({ detail }) => this.changed('up', detail.toString()))
    node.addEventListener('peer:disconnect', ({ detail }) => this.changed('lost', detail.toString()))
  }

  /** Not started yet. Port 0: any; undefined: it does not listen. */
  static async create(port: number | undefined, options: NodeOptions = {}): Promise<Libp2pHolder> {
    return new Libp2pHolder(await createNode(port === undefined ? [] : [`/ip4/127.0.0.1/tcp/${port}`], options))
  }

  get id(): string {
    return this.#node.peerId.toString()
  }

  get port(): number {
    return portOf(this.#node)
  }

  async start(): Promise<void> {
    await this.#node.start()
  }

  async stop(): Promise<void> {
    await this.#node.stop()
  }

  /** Those whom it knows when it starts it dials, and again when they are lost. */
  async know(id: string, port: number): Promise<void> {
    await this.#node.peerStore.merge(peerIdFromString(id), {
      multiaddrs: [multiaddr(`/ip4/127.0.0.1/tcp/${port}`)],
      tags: { [KEEP_ALIVE]: { value: 1 } },
    })
  }

  /** Connects now, with a peer that it came to know after it was started. */
  async dial(id: string): Promise<void> {
    await this.#node.dial(peerIdFromString(id))
  }

  /** One for each connection: its peer. */
  connections(): string[] {
    return this.#node.getConnections().map(({ remotePeer }) => remotePeer.toString())
  }

  async openStream(id: string): Promise<ByteStream> {
    const options = { maxOutboundStreams: STREAMS_MAX }
    return new Libp2pStream(await this.#node.dialProtocol(peerIdFromString(id), LIBP2P_PROTOCOL, options))
  }

  async serve(take: (stream: ByteStream) => void): Promise<void> {
    await this.#node.handle(LIBP2P_PROTOCOL, (stream) => take(new Libp2pStream(stream)), {
      maxInboundStreams: STREAMS_MAX,
    })
  }
}

class Libp2pClient implements Client {
  readonly #node: Libp2p
  readonly #address: string
  #connection: Connection | undefined

  constructor(node: Libp2p, address: string) {
    this.#node = node
    this.#address = address
  }

  async connect(): Promise<void> {
    if (this.#connection?.status === 'open') return
    // Forced, or it would hand back a connection whose end it has not noticed yet.
    this.#connection = await this.#node.dial(multiaddr(this.#address), { force: true })
  }

  async openStream(): Promise<ByteStream> {
    await this.connect()
    if (this.#connection === undefined) throw new Error('libp2p gave no connection')
    return new Libp2pStream(await this.#connection.newStream(LIBP2P_PROTOCOL, { maxOutboundStreams: STREAMS_MAX }))
  }

  async disconnect(): Promise<void> {
    await this.#connection?.close()
    this.#connection = undefined
  }

  async close(): Promise<void> {
    await this.#node.stop()
  }
}

class Libp2pStream implements ByteStream {
  handlers: StreamHandlers = {}
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
    stream.addEventListener('message', ({ data }) => this.handlers.data?.(data))
    // Not its onDrain(), which after the first time resolves at once (3.3.11), so that a writer fills the memory
    // instead.
    stream.addEventListener('drain', () => this.handlers.drain?.())
    stream.addEventListener('end', () => this.handlers.end?.())
    stream.addEventListener('close', ({ error }) => this.handlers.closed?.(error))
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.send(bytes)
  }

  end(): void {
    this.#stream.close().catch(() => {})
  }

  destroy(): void {
    this.#stream.abort(new Error('the measurement is over'))
  }
}

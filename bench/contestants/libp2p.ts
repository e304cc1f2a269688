// js-libp2p with TCP, Noise and Yamux. Neither identify nor ping are added: it is measured at its leanest.
import type { Connection, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
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
  join: async (invitation) => new Libp2pClient(await createNode([]), invitation),
}

function createNode(listenOn: string[]): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: listenOn },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // The defaults allow 300 connections and five new ones a second from one host.
    connectionManager: {
      maxConnections: 10_000,
      inboundConnectionThreshold: 10_000,
      maxIncomingPendingConnections: 1_000,
    },
    // Its pings stay as they are, but one that is late because a benchmark keeps the machine busy must not end a
    // connection.
    connectionMonitor: { abortConnectionOnPingFailure: false },
  })
}

async function listen({ serve, proxyPort }: ListenOptions): Promise<Listener> {
  const node = await createNode(['/ip4/127.0.0.1/tcp/0'])
  await node.handle(LIBP2P_PROTOCOL, (stream) => serve(new Libp2pStream(stream)), {
    maxInboundStreams: STREAMS_MAX,
    maxOutboundStreams: STREAMS_MAX,
  })
  const port = Number(
    node
      .getMultiaddrs()[0]
      ?.getComponents()
      .find(({ name }) => name === 'tcp')?.value,
  )
  return { port, invite: async () => `/ip4/127.0.0.1/tcp/${proxyPort ?? port}/p2p/${node.peerId.toString()}` }
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

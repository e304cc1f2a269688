// iroh from JavaScript, with direct addresses on loopback; no relay, no discovery, nothing that would reach for the
// internet. Its binding takes and gives arrays of numbers. A program has bytes, so turning one into the other belongs
// to what it costs.
import {
  type BiStream,
  type Connection,
  Endpoint,
  EndpointAddr,
  EndpointId,
  presetMinimal,
  RelayMode,
} from '@number0/iroh'
import {
  type ByteStream,
  type Client,
  type Contestant,
  type Listener,
  type ListenOptions,
  PROTOCOL,
  type StreamHandlers,
} from '../contestant.ts'

interface Invitation {
  readonly id: string
  readonly addresses: string[]
}

const ALPN = [...Buffer.from(PROTOCOL)]
/** Above the 100 streams at once that are measured, with those that have ended but are not yet forgotten. */
const STREAMS_MAX = 1_000n
/** What one read may bring: the size of the writes. */
const READ_BYTES_MAX = 64 * 1024

export const iroh: Contestant = {
  traits: { multiplexes: true, survivesReset: false },
  listen,
  join: async (invitation) => new IrohClient(await bind(), JSON.parse(invitation) as Invitation),
}

function bind(): Promise<Endpoint> {
  const builder = Endpoint.builder()
  presetMinimal(builder)
  builder.relayMode(RelayMode.disabled())
  builder.alpns([ALPN])
  builder.bindAddr('127.0.0.1:0')
  return builder.bind()
}

async function listen({ serve }: ListenOptions): Promise<Listener> {
  const endpoint = await bind()
  const connections = new Set<Connection>()
  void acceptConnections(endpoint, connections, serve)
  const invitation: Invitation = { id: endpoint.id().toString(), addresses: endpoint.boundSockets() }
  return {
    port: undefined,
    invite: async () => JSON.stringify(invitation),
    dropLinks() {
      for (const connection of connections) connection.close(1n, [])
    },
  }
}

async function acceptConnections(
  endpoint: Endpoint,
  connections: Set<Connection>,
  serve: ListenOptions['serve'],
): Promise<void> {
  for (let incoming = await endpoint.acceptNext(); incoming !== null; incoming = await endpoint.acceptNext()) {
    const handshake = incoming.accept().then((accepting) => accepting.connect())
    handshake.then(
      (connection) => {
        connections.add(connection)
        connection.setMaxConcurrentBiStreams(STREAMS_MAX)
        acceptStreams(connection, serve).finally(() => connections.delete(connection))
      },
      () => {},
    )
  }
}

async function acceptStreams(connection: Connection, serve: ListenOptions['serve']): Promise<void> {
  try {
    for (;;) serve(new IrohStream(await connection.acceptBi()))
  } catch {
    // The connection has ended; there is no other way to learn of it here.
  }
}

class IrohClient implements Client {
  readonly #endpoint: Endpoint
  readonly #address: EndpointAddr
  #connection: Connection | undefined

  constructor(endpoint: Endpoint, { id, addresses }: Invitation) {
    this.#endpoint = endpoint
    this.#address = new EndpointAddr(EndpointId.fromString(id), undefined, addresses)
  }

  async connect(): Promise<void> {
    if (this.#connection !== undefined && this.#connection.closeReason() === null) return
    this.#connection = await this.#endpoint.connect(this.#address, ALPN)
  }

  async openStream(): Promise<ByteStream> {
    await this.connect()
    if (this.#connection === undefined) throw new Error('iroh gave no connection')
    return new IrohStream(await this.#connection.openBi())
  }

  async disconnect(): Promise<void> {
    this.#connection?.close(0n, [])
    this.#connection = undefined
  }

  async close(): Promise<void> {
    await this.disconnect()
    await this.#endpoint.close()
  }
}

class IrohStream implements ByteStream {
  handlers: StreamHandlers = {}
  readonly #stream: BiStream
  /** Writes go one after the other; this is the last. */
  #written: Promise<void> = Promise.resolve()
  #closed = false

  constructor(stream: BiStream) {
    this.#stream = stream
    void this.#read()
  }

  async #read(): Promise<void> {
    const { recv } = this.#stream
    try {
      for (;;) {
        const numbers = await recv.read(READ_BYTES_MAX)
        if (numbers.length === 0) break
        this.handlers.data?.(Uint8Array.from(numbers))
      }
      this.handlers.end?.()
    } catch (error) {
      this.#close(error)
    }
  }

  write(bytes: Uint8Array): boolean {
    const { send } = this.#stream
    this.#written = this.#written.then(() => send.writeAll(Array.from(bytes)))
    this.#written.then(
      () => this.handlers.drain?.(),
      (error: unknown) => this.#close(error),
    )
    return false
  }

  end(): void {
    const { send } = this.#stream
    this.#written.then(() => send.finish()).catch((error: unknown) => this.#close(error))
  }

  destroy(): void {
    this.#stream.send.reset(0n).catch(() => {})
    this.#stream.recv.stop(0n).catch(() => {})
  }

  #close(error: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.handlers.closed?.(error instanceof Error ? error : new Error(String(error)))
  }
}

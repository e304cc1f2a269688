import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Node, type OpenOptions, open, type Peer } from '../../src/index.ts'

/** Folders and nodes of one test; everything is closed and removed by `dispose`. */
export class Workbench {
  readonly #ends: (() => Promise<void>)[] = []

  async folder(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    this.#ends.push(() => rm(dir, { recursive: true, force: true }))
    return dir
  }

  async node(options: Partial<OpenOptions> = {}): Promise<Node> {
    const quiet = { listen: ['tcp://127.0.0.1:0'], discovery: { mdns: false } }
    const node = await open({ dir: await this.folder(), ...quiet, ...options })
    this.#ends.push(() => node.close({ flushTimeoutMs: 0 }))
    return node
  }

  /** Two nodes that have just paired: `bob` issued the ticket, and `alice` dialed him. */
  async pair(bobs: Partial<OpenOptions> = {}, alices: Partial<OpenOptions> = {}): Promise<Pair> {
    const bob = await this.node({ name: 'bob', ...bobs })
    const alice = await this.node({ name: 'alice', listen: [], ...alices })
    const paired = new Promise<Peer>((resolve) => bob.once('paired', resolve))
    const bobAtAlice = await alice.pair(await bob.ticket())
    return { alice, bob, aliceAtBob: await paired, bobAtAlice }
  }

  async proxy(): Promise<Proxy> {
    const proxy = await Proxy.start()
    this.#ends.push(() => proxy.close())
    return proxy
  }

  async dispose(): Promise<void> {
    for (const end of this.#ends.reverse()) await end()
  }
}

export interface Pair {
  readonly alice: Node
  readonly bob: Node
  readonly aliceAtBob: Peer
  readonly bobAtAlice: Peer
}

/** A TCP relay that can lose its connections. */
export class Proxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target = ''
  /** New connections are closed at once. */
  refusing = false

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (inbound) => this.#join(inbound))
  }

  static async start(): Promise<Proxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Proxy(server)
  }

  get address(): string {
    const address = this.#server.address()
    return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  set target(address: string) {
    this.#target = address
  }

  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    this.resetAll()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #join(inbound: Socket): void {
    if (this.refusing) {
      inbound.destroy()
      return
    }
    const { hostname, port } = new URL(this.#target)
    const outbound = connect(Number(port), hostname)
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => undefined)
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }
}

/** Reads a stream to its end. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

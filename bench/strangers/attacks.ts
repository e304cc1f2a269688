import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { parseTcpAddress } from '../../src/transport/tcp/tcp-address.ts'
import { bogusChain, costlyChain, tinyChain } from '../../test/hostile/certificate-chain.ts'
import { recordClientHello } from '../../test/hostile/tls-strangers.ts'
import { Unfinished } from './unfinished.ts'

export const attackNames = ['idle', 'hello', 'costlyHello', 'chain', 'costlyChain', 'withheld', 'unfinished'] as const
export type AttackName = (typeof attackNames)[number]

export interface AttackOptions {
  readonly name: AttackName
  readonly kbits: number
  readonly connections: number
}

/** What a connection takes on the line when it is opened and closed. */
const CONNECTION_BYTES = 400
const CHAIN = 77
const TICK_MS = 20
/** Handshakes with a chain that are under way, of each of the addresses. */
const CHAINS_AT_ONCE = 16

/** One attacker. It works within its rate until it is stopped. */
export class Attack {
  readonly #target: string
  readonly #options: AttackOptions
  readonly #sockets = new Set<Socket>()
  #opened = 0
  #timer: NodeJS.Timeout | undefined

  constructor(target: string, options: AttackOptions) {
    this.#target = target
    this.#options = options
  }

  async start(): Promise<void> {
    const { name, kbits, connections } = this.#options
    const hello = await recordClientHello(name === 'costlyHello' ? { groups: 'P-521' } : {})
    const [chain, costly, tiny] = [bogusChain(CHAIN), costlyChain(), tinyChain()]
    const attempt: Record<AttackName, { readonly bytes: number; readonly atOnce: number; readonly begin: () => void }> =
      {
        idle: { bytes: CONNECTION_BYTES, atOnce: connections, begin: () => void this.#open(2) },
        hello: { bytes: CONNECTION_BYTES + hello.length, atOnce: 1_000, begin: () => this.#say(hello, 1) },
        costlyHello: { bytes: CONNECTION_BYTES + hello.length, atOnce: 1_000, begin: () => this.#say(hello, 1) },
        withheld: { bytes: CONNECTION_BYTES + hello.length, atOnce: connections, begin: () => this.#say(hello, 2) },
        chain: { bytes: 60_000, atOnce: 4 * CHAINS_AT_ONCE, begin: () => this.#show(chain, 1) },
        costlyChain: { bytes: CONNECTION_BYTES + 2 * hello.length, atOnce: 1_000, begin: () => this.#show(costly, 3) },
        unfinished: { bytes: CONNECTION_BYTES + 2 * hello.length, atOnce: connections, begin: () => this.#hold(tiny) },
      }
    const { bytes, atOnce, begin } = attempt[name]
    let budget = 0
    let at = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      budget = Math.min(budget + ((now - at) * kbits) / 8, 4 * bytes + kbits * 5)
      at = now
      for (; budget >= bytes && this.#sockets.size < atOnce; budget -= bytes) begin()
    }, TICK_MS)
  }

  /** How many connections there were. */
  stop(): number {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.destroy()
    return this.#opened
  }

  /** From an address of its own: of 127.5.0.0/16, one of four in networks of their own, or of a hundred networks. */
  #open(bytesOfAddress: 1 | 2 | 3): Socket {
    const count = this.#opened++
    const localAddress = {
      1: `127.${9 + (count & 3)}.0.1`,
      2: `127.5.${(count >> 8) & 0xff}.${count & 0xff}`,
      3: `127.${100 + (count % 100)}.${(count >> 8) & 0xff}.1`,
    }[bytesOfAddress]
    const socket = connect({ ...parseTcpAddress(this.#target), localAddress })
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.resume()
    return socket
  }

  #say(hello: Buffer, bytesOfAddress: 1 | 2): void {
    const socket = this.#open(bytesOfAddress)
    socket.write(hello)
    // The answer is all that the attacker wants the victim to work on.
    if (bytesOfAddress === 1) socket.once('data', () => socket.destroy())
  }

  #show(chain: { readonly key: string; readonly cert: string }, bytesOfAddress: 1 | 3): void {
    this.#handshake(this.#open(bytesOfAddress), chain)
  }

  /** Shows certificates, and never comes to the end of the handshake. */
  #hold(chain: { readonly key: string; readonly cert: string }): void {
    this.#handshake(new Unfinished(this.#open(3)), chain)
  }

  #handshake(socket: Duplex, chain: { readonly key: string; readonly cert: string }): void {
    const secure = connectTls({ socket, ...chain, ALPNProtocols: ['holdfast/1'], rejectUnauthorized: false })
    secure.on('error', () => undefined)
    secure.resume()
  }
}

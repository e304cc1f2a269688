import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import multicastDns from 'multicast-dns'
import { TokenBucket, type TokenBucketOptions } from '../core/token-bucket.ts'
import type { MulticastInterface } from './interfaces.ts'
import { isOnLink } from './interfaces.ts'
import { packetCost } from './packet-cost.ts'
import type { Answer } from './records.ts'

/** The longest packet of multicast DNS (RFC 6762, section 17). */
const PACKET_BYTES_MAX = 9_000
/** Any packet that concerns Holdfast has this in it; what has not is not even decoded. */
const MARK = Buffer.from('_holdfast')
/**
 * What is decoded on an interface, as `packetCost` counts. An announcement costs 50 with what each packet costs, so a hundred nodes that all answer at once are well
 * within it. More is dropped unread.
 */
const COST_ALLOWANCE: TokenBucketOptions = { atOnce: 16_384, perSecond: 4_096 }
/** Of a packet, however little is in it. */
const EACH_COST = 16

export interface MulticastSocketEvents {
  /** A packet came from somebody on the interface, whatever is in it. */
  heard(from: string): void
  asked(names: readonly string[], known: readonly Answer[]): void
  received(records: readonly Answer[], from: string): void
  /** The system refuses; the socket is of no use any more. */
  failed(error: Error): void
}

/** Multicast DNS on one interface, by the library `multicast-dns`, which is given only packets that are worth decoding. */
export class MulticastSocket {
  readonly #dns: ReturnType<typeof multicastDns>
  readonly #failed: (error: Error) => void
  #ended = false

  /** May throw what the system says. */
  constructor(on: MulticastInterface, port: number, nowMs: () => number, events: MulticastSocketEvents) {
    const fail = (error: Error): void => {
      if (this.#ended) return
      this.#ended = true
      events.failed(error)
      this.#dns.destroy()
    }
    const sieve = new PacketSieve()
    const socket = new SiftingSocket((packet, { address }) => {
      if (!isOnLink(address, on)) return false
      events.heard(address)
      return sieve.passes(packet, nowMs())
    })
    this.#dns = multicastDns({
      // The library uses no more of a socket than this one has.
      socket: socket as unknown as Socket,
      port,
      interface: on.address,
      // Bound to the interface's own address, Linux hands out no multicast.
      bind: '0.0.0.0',
    })
    this.#dns.on('error', fail)
    // What cannot be joined, as after the interface went away; packets that cannot be decoded are warned of too, and are nobody's fault here.
    this.#dns.on('warning', (error) => {
      if ('syscall' in error) fail(error)
    })
    this.#dns.on('query', ({ questions = [], answers = [] }) => {
      const names = questions.map(({ name }) => name)
      events.asked(names, answers)
    })
    this.#dns.on('response', ({ answers = [], additionals = [] }, { address }) =>
      events.received([...answers, ...additionals], address),
    )
    this.#failed = fail
  }

  ask(name: string, known: readonly Answer[]): void {
    if (this.#ended) return
    this.#dns.query({ questions: [{ name, type: 'PTR' }], answers: [...known] }, (error) => this.#sent(error))
  }

  /** Resolves when it has gone out, or cannot. */
  send(records: readonly Answer[]): Promise<void> {
    if (this.#ended || records.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#dns.respond({ answers: [...records] }, (error) => {
        this.#sent(error)
        resolve()
      })
    })
  }

  close(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    this.#ended = true
    return new Promise((resolve) => this.#dns.destroy(resolve))
  }

  #sent(error: Error | null | undefined): void {
    if (error) this.#failed(error)
  }
}

/** Lets through what concerns Holdfast, is well formed, and is not too much. */
export class PacketSieve {
  readonly #allowance = new TokenBucket(COST_ALLOWANCE)

  passes(packet: Buffer, nowMs: number): boolean {
    if (packet.length > PACKET_BYTES_MAX || !packet.includes(MARK)) return false
    if (!this.#allowance.take(nowMs, EACH_COST)) return false
    const cost = packetCost(packet)
    return cost !== undefined && this.#allowance.take(nowMs, cost)
  }
}

/** A socket that hands on only the packets that pass. */
class SiftingSocket extends EventEmitter {
  readonly #socket = createSocket({ type: 'udp4', reuseAddr: true })

  constructor(passes: (packet: Buffer, from: RemoteInfo) => boolean) {
    super()
    this.#socket.on('error', (error) => this.emit('error', error))
    this.#socket.on('listening', () => this.#listening())
    this.#socket.on('message', (packet, from) => {
      if (passes(packet, from)) this.emit('message', packet, from)
    })
  }

  /** What the library does then may fail, when the interface has just gone. */
  #listening(): void {
    try {
      this.emit('listening')
    } catch (error) {
      this.emit('error', error)
    }
  }

  bind(port: number, address: string, bound: () => void): void {
    this.#socket.bind(port, address, bound)
  }

  address(): ReturnType<Socket['address']> {
    return this.#socket.address()
  }

  setMulticastTTL(ttl: number): void {
    this.#socket.setMulticastTTL(ttl)
  }

  setMulticastLoopback(isOn: boolean): void {
    this.#socket.setMulticastLoopback(isOn)
  }

  setMulticastInterface(address: string): void {
    this.#socket.setMulticastInterface(address)
  }

  addMembership(group: string, address: string): void {
    this.#socket.addMembership(group, address)
  }

  dropMembership(group: string, address: string): void {
    this.#socket.dropMembership(group, address)
  }

  send(
    packet: Buffer,
    offset: number,
    length: number,
    port: number,
    address: string,
    sent: (error: Error | null) => void,
  ): void {
    this.#socket.send(packet, offset, length, port, address, sent)
  }

  close(closed?: () => void): void {
    this.#socket.close(closed)
  }
}

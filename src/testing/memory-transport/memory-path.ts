import type { Clock } from '../../clock.ts'
import { MemoryChannel } from './memory-channel.ts'
import { changedConditions, defaultConditions, type NetworkConditions } from './memory-conditions.ts'
import type { MemoryHost } from './memory-host.ts'
import { Pipe } from './memory-pipe.ts'

/** Told of what happens on the network, for a log or a hash of it: the kind of event, the number of the channel, a count of bytes. */
export type NetworkTrace = (kind: string, channel: number, bytes: number) => void

export interface PathOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly trace: NetworkTrace
}

/** Both ends of a channel that was dialed over a path. */
export interface Connection {
  readonly dialer: MemoryHost
  readonly outbound: MemoryChannel
  readonly inbound: MemoryChannel
  readonly there: Pipe
  readonly back: Pipe
}

/**
 * The way between two hosts over one of their interfaces: all channels that either has dialed to the other there share its
 * conditions and its faults. A fault that strikes strikes all channels that exist; a black hole also those that are dialed in it.
 */
export class MemoryPath {
  readonly #options: PathOptions
  readonly #hosts: readonly [MemoryHost, MemoryHost]
  #conditions = defaultConditions
  /** The hosts that no byte reaches at the moment. */
  readonly #holes = new Set<MemoryHost>()
  #connections: Connection[] = []

  constructor(hosts: readonly [MemoryHost, MemoryHost], options: PathOptions) {
    this.#hosts = hosts
    this.#options = options
  }

  get conditions(): NetworkConditions {
    return this.#conditions
  }

  /** Changes the conditions for what is sent from now on. */
  change(conditions: Partial<NetworkConditions>): void {
    this.#conditions = changedConditions(this.#conditions, conditions)
  }

  /** How many channels there are, those included that only one end still takes for alive. */
  get channelCount(): number {
    return this.#live().length
  }

  /** FIN at both ends, after what is on its way. */
  cut(): void {
    for (const { outbound, inbound } of this.#live()) {
      outbound.cut()
      inbound.cut()
    }
  }

  /** RST at both ends at once; what is on its way is lost. */
  reset(): void {
    for (const connection of this.#live()) {
      connection.there.sever()
      connection.back.sever()
      connection.outbound.receivedReset()
      connection.inbound.receivedReset()
    }
  }

  /** The end at host `told` is reset; the other one never hears of it. */
  halfOpen(told: string): void {
    for (const { dialer, outbound, inbound } of this.#live()) {
      const end = dialer.name === told ? outbound : inbound
      end.sever()
      end.receivedReset()
    }
  }

  /** Bytes vanish until `heal`, in both directions or only those towards one host. As TCP does, they are sent again after it. */
  blackHole(towards?: string): void {
    for (const host of this.#hosts) {
      if (towards === undefined || towards === host.name) this.#holes.add(host)
    }
    for (const connection of this.#live()) this.#applyHoles(connection)
  }

  /** On the channels that exist nothing reaches that host until `heal`, as while TCP backs off after a few losses in a row. What is dialed from now on is not concerned. */
  backOff(towards: string): void {
    for (const { dialer, there, back } of this.#live()) (dialer.name === towards ? back : there).beginHole()
  }

  heal(): void {
    this.#holes.clear()
    for (const { there, back } of this.#connections) {
      there.endHole()
      back.endHole()
    }
  }

  /** A channel whose handshake has not begun. */
  connect(
    dialer: MemoryHost,
    localAddress: string,
    remoteAddress: string,
    number: number,
    secret: Uint8Array,
  ): Connection {
    const { clock, random, trace } = this.#options
    const listener = this.#hosts[0] === dialer ? this.#hosts[1] : this.#hosts[0]
    const kind = this.#conditions.isRelayed ? 'relay' : 'memory'
    const shared = { clock, random, secret, kind } as const
    const outbound = new MemoryChannel({ ...shared, host: dialer, direction: 'outbound', localAddress, remoteAddress })
    const inbound = new MemoryChannel({
      ...shared,
      host: listener,
      direction: 'inbound',
      localAddress: remoteAddress,
      remoteAddress: localAddress,
    })
    const pipe = (from: MemoryChannel, to: MemoryChannel, kind: string): Pipe =>
      new Pipe({
        clock,
        random,
        conditions: () => this.#conditions,
        ends: to.pipeEnds(from, (bytes) => trace(kind, number, bytes)),
      })
    const there = pipe(outbound, inbound, 'there')
    const back = pipe(inbound, outbound, 'back')
    there.reverse = back
    back.reverse = there
    outbound.join(inbound, there, back)
    inbound.join(outbound, back, there)
    outbound.begin()
    const connection = { dialer, outbound, inbound, there, back }
    this.#connections = [...this.#live(), connection]
    this.#applyHoles(connection)
    return connection
  }

  #applyHoles({ dialer, there, back }: Connection): void {
    for (const host of this.#holes) (host === dialer ? back : there).beginHole()
  }

  #live(): Connection[] {
    this.#connections = this.#connections.filter(({ outbound, inbound }) => outbound.isHeld || inbound.isHeld)
    return this.#connections
  }
}

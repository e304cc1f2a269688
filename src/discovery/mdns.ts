import type { Clock, Timer } from '../clock.ts'
import type { Discovery, DiscoveryHost, DiscoveryState } from './discovery.ts'
import { type Interfaces, type MulticastInterface, multicastInterfaces } from './interfaces.ts'
import { MdnsInterface } from './mdns-interface.ts'

const MDNS_PORT = 5353
/** Interfaces come and go, and those that failed may work again: how often to look without being told. */
const LOOK_MS = 60_000

export interface MdnsOptions {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** What the system says of its interfaces. May throw. */
  interfaces(): Interfaces
  /** Default 5353; others for tests that must not be heard by the network. */
  readonly port?: number
}

/**
 * Finds nodes by multicast DNS on every interface of this machine that has IPv4, each with a socket of its own: one that listens on all interfaces could send on one alone, and could not tell where a
 * packet came from. Several nodes of one machine share the port.
 *
 *     off ──start──▶ listening ◀──── an interface works ────▶ failed (on all of them)
 *      ▲                 └────────────── stop ──────────────────┘
 */
export class MdnsDiscovery implements Discovery {
  readonly #options: MdnsOptions
  readonly #interfaces = new Map<string, MdnsInterface>()
  #host: DiscoveryHost | undefined
  #timer: Timer | undefined
  #failure: string | undefined
  #heardAtMs: number | undefined
  #state: DiscoveryState = { kind: 'off' }

  constructor(options: MdnsOptions) {
    this.#options = options
  }

  get state(): DiscoveryState {
    const { kind } = this.#state
    return kind === 'off' ? this.#state : { ...this.#state, heardAtMs: this.#heardAtMs }
  }

  start(host: DiscoveryHost): void {
    this.#host = host
    this.#look()
  }

  changed(): void {
    for (const one of this.#interfaces.values()) one.announce()
  }

  networkChanged(): void {
    if (this.#host === undefined) return
    this.#look()
    for (const one of this.#interfaces.values()) one.begin()
  }

  async stop(): Promise<void> {
    this.#host = undefined
    this.#timer?.cancel()
    this.#state = { kind: 'off' }
    const all = [...this.#interfaces.values()]
    this.#interfaces.clear()
    await Promise.all(all.map((one) => one.stop()))
  }

  /** Opens what is new, closes what is gone, and looks again later. */
  #look(): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(LOOK_MS, () => this.#look())
    const found = new Map(this.#found().map((one) => [keyOf(one), one]))
    for (const [key, one] of this.#interfaces) {
      if (found.has(key)) continue
      this.#interfaces.delete(key)
      void one.stop()
    }
    for (const [key, one] of found) if (!this.#interfaces.has(key)) this.#open(key, one)
    this.#judge()
  }

  #found(): MulticastInterface[] {
    try {
      return multicastInterfaces(this.#options.interfaces())
    } catch {
      // The system is short of something; what was found before stays.
      return [...this.#interfaces.values()].map(({ on }) => on)
    }
  }

  #open(key: string, on: MulticastInterface): void {
    const host = this.#host
    if (host === undefined) return
    const { clock, random, port = MDNS_PORT } = this.#options
    const failed = (error: Error): void => {
      this.#failure = `Multicast is not possible on ${on.name} (${on.address}): ${error.message}`
      if (this.#interfaces.get(key) === opened) this.#interfaces.delete(key)
      this.#judge()
    }
    const heard = (from: string): void => {
      const isOwn = [...this.#interfaces.values()].some((one) => one.on.ips.includes(from))
      if (!isOwn) this.#heardAtMs = clock.wallNow()
    }
    const sighted: DiscoveryHost['heard'] = (sighting) => {
      if (sighting.id === host.id) return
      this.#heardAtMs = clock.wallNow()
      host.heard(sighting)
    }
    let opened: MdnsInterface | undefined
    try {
      opened = new MdnsInterface({
        on,
        port,
        clock,
        random,
        host: { ...withAnnouncement(host), heard: sighted },
        heard,
        failed,
      })
      this.#interfaces.set(key, opened)
      opened.begin()
    } catch (error) {
      failed(error as Error)
    }
  }

  #judge(): void {
    if (this.#host === undefined) return
    const interfaces = [...this.#interfaces.values()].map(({ on }) => on.address)
    const before = this.#state
    const kind = interfaces.length > 0 ? 'listening' : 'failed'
    const since = before.kind === kind ? before.since : this.#options.clock.wallNow()
    const heardAtMs = this.#heardAtMs
    if (kind === 'listening') this.#state = { kind, since, interfaces, heardAtMs }
    else this.#state = { kind, since, reason: this.#failure ?? 'This machine has no network with IPv4', heardAtMs }
  }
}

function withAnnouncement(host: DiscoveryHost): Pick<DiscoveryHost, 'id' | 'announcement'> {
  return { id: host.id, announcement: () => host.announcement() }
}

/** An interface whose addresses have changed is another one. */
function keyOf({ name, ips }: MulticastInterface): string {
  return `${name} ${ips.toSorted().join(' ')}`
}

import type { Clock } from '../clock.ts'
import type { Discovery, DiscoveryHost, DiscoveryState } from '../discovery/discovery.ts'

/** How long a packet takes. */
const DELAY_MS = 5
const LIFE_MS = 120_000
const ASK_EVERY_MS = 80_000

/** A local network in memory, on which nodes find each other as by multicast DNS; for tests and simulations. */
export class MemoryLan {
  readonly #members = new Set<MemoryDiscovery>()
  #joined = 0

  /** What a node on this network uses. `addresses` answers where it can be dialed now. */
  join(clock: Clock, addresses: () => readonly string[]): Discovery {
    return new MemoryDiscovery(clock, addresses, this.#members, `memory:${++this.#joined}`)
  }
}

class MemoryDiscovery implements Discovery {
  readonly #clock: Clock
  readonly #addresses: () => readonly string[]
  readonly #members: Set<MemoryDiscovery>
  readonly #from: string
  #host: DiscoveryHost | undefined
  #state: DiscoveryState = { kind: 'off' }
  #heardAtMs: number | undefined

  constructor(clock: Clock, addresses: () => readonly string[], members: Set<MemoryDiscovery>, from: string) {
    this.#clock = clock
    this.#addresses = addresses
    this.#members = members
    this.#from = from
  }

  get state(): DiscoveryState {
    return this.#state.kind === 'listening' ? { ...this.#state, heardAtMs: this.#heardAtMs } : this.#state
  }

  start(host: DiscoveryHost): void {
    this.#host = host
    this.#state = { kind: 'listening', since: this.#clock.wallNow(), interfaces: ['memory'], heardAtMs: undefined }
    this.#members.add(this)
    this.networkChanged()
    this.#askLater()
  }

  changed(): void {
    this.#tell(LIFE_MS)
  }

  networkChanged(): void {
    this.#tell(LIFE_MS)
    for (const other of this.#members) if (other !== this) other.#tell(LIFE_MS)
  }

  async stop(): Promise<void> {
    this.#tell(0)
    this.#members.delete(this)
    this.#host = undefined
    this.#state = { kind: 'off' }
  }

  #askLater(): void {
    this.#clock.after(ASK_EVERY_MS, () => {
      if (this.#host === undefined) return
      this.networkChanged()
      this.#askLater()
    })
  }

  #tell(lifeMs: number): void {
    const announcement = this.#host?.announcement()
    if (this.#host === undefined || announcement === undefined) return
    const { id } = this.#host
    const { name, acceptsPairing, tag } = announcement
    const sighting = { id, from: this.#from, name, addresses: this.#addresses(), acceptsPairing, tag, lifeMs }
    const others = [...this.#members].filter((other) => other !== this)
    this.#clock.after(DELAY_MS, () => {
      for (const other of others) {
        other.#heardAtMs = other.#clock.wallNow()
        other.#host?.heard(sighting)
      }
    })
  }
}

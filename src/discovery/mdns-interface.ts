import type { Clock, Timer } from '../clock.ts'
import type { DiscoveryHost } from './discovery.ts'
import type { MulticastInterface } from './interfaces.ts'
import { KNOWN_TTL_S_MIN, KnownAnswers } from './known-answers.ts'
import { MulticastSocket } from './multicast-socket.ts'
import { type Answer, isAskedFor, recordsOf, SERVICE, sightingsIn } from './records.ts'

/** When to ask after the beginning, each time from the one before (RFC 6762, section 5.2: never less than twice as long); the last one goes on for ever. */
const ASK_MS = [0, 1_000, 3_000, 9_000, 27_000, 80_000]
/** Nobody asks or answers at once, so that many do not do so together (sections 5.2 and 6). */
const JITTER_MS_MIN = 20
const JITTER_MS_MAX = 120
/** What is new is told twice (section 8.3). */
const ANNOUNCE_AGAIN_MS = 1_000
/** No record is told more often, whoever asks (section 6). */
const TELL_EVERY_MS = 1_000
export interface MdnsInterfaceOptions {
  readonly on: MulticastInterface
  readonly port: number
  readonly clock: Clock
  readonly random: () => number
  readonly host: DiscoveryHost
  /** Somebody on the interface has sent something by multicast. */
  heard(from: string): void
  /** It is of no use any more. */
  failed(error: Error): void
}

/** One interface: asks who is there, answers who asks, and tells what is new. */
export class MdnsInterface {
  readonly on: MulticastInterface
  readonly #options: MdnsInterfaceOptions
  readonly #socket: MulticastSocket
  /** Those that are known, to be named in questions. */
  readonly #known = new KnownAnswers()
  #asks = 0
  #askTimer: Timer | undefined
  #tellTimer: Timer | undefined
  #againTimer: Timer | undefined
  #toldMs = -Infinity
  #stopped = false

  /** May throw what the system says. */
  constructor(options: MdnsInterfaceOptions) {
    this.#options = options
    this.on = options.on
    this.#socket = new MulticastSocket(options.on, options.port, () => options.clock.now(), {
      heard: (from) => options.heard(from),
      asked: (names, known) => this.#asked(names, known),
      received: (records, from) => this.#received(records, from),
      failed: (error) => {
        this.#cancel()
        options.failed(error)
      },
    })
  }

  /** Asks from the beginning, and tells of this node: it is new here, or the network is. */
  begin(): void {
    if (this.#stopped) return
    this.#asks = 0
    this.#planAsk()
    this.announce()
  }

  /** Tells of this node, though nobody has asked. */
  announce(): void {
    if (this.#stopped) return
    this.#planTell()
    this.#againTimer?.cancel()
    this.#againTimer = this.#options.clock.after(JITTER_MS_MAX + ANNOUNCE_AGAIN_MS, () => this.#planTell())
  }

  /** Takes back what was told, and ends. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#cancel()
    await this.#socket.send(this.#records(0))
    await this.#socket.close()
  }

  #cancel(): void {
    this.#stopped = true
    for (const timer of [this.#askTimer, this.#tellTimer, this.#againTimer]) timer?.cancel()
  }

  #records(ttlS?: number): Answer[] {
    const { host, on } = this.#options
    const announcement = host.announcement()
    return announcement === undefined ? [] : recordsOf(host.id, announcement, on, ttlS)
  }

  #planAsk(): void {
    this.#askTimer?.cancel()
    const waitMs = ASK_MS[Math.min(this.#asks, ASK_MS.length - 1)] ?? 0
    this.#askTimer = this.#options.clock.after(waitMs + this.#jitterMs(), () => {
      this.#asks++
      this.#socket.ask(SERVICE, this.#known.list(this.#options.clock.now()))
      this.#planAsk()
    })
  }

  /** Tells soon, once, however many ask. */
  #planTell(): void {
    if (this.#tellTimer !== undefined || this.#stopped) return
    const { clock } = this.#options
    const waitMs = Math.max(this.#jitterMs(), this.#toldMs + TELL_EVERY_MS - clock.now())
    this.#tellTimer = clock.after(waitMs, () => {
      this.#tellTimer = undefined
      this.#toldMs = clock.now()
      void this.#socket.send(this.#records())
    })
  }

  #asked(names: readonly string[], known: readonly Answer[]): void {
    const { id } = this.#options.host
    if (!names.some((name) => isAskedFor(name, id))) return
    const [own] = this.#records()
    const isKnown = known.some(
      (record) =>
        record.type === 'PTR' &&
        own?.type === 'PTR' &&
        record.data === own.data &&
        (record.ttl ?? 0) >= KNOWN_TTL_S_MIN,
    )
    if (own !== undefined && !isKnown) this.#planTell()
  }

  #received(records: readonly Answer[], from: string): void {
    const { clock, host, on } = this.#options
    for (const sighting of sightingsIn(records, from, on)) {
      this.#known.heard(sighting, clock.now())
      host.heard(sighting)
    }
  }

  #jitterMs(): number {
    return JITTER_MS_MIN + (JITTER_MS_MAX - JITTER_MS_MIN) * this.#options.random()
  }
}

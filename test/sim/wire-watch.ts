import { frameTypes } from '../../src/core/frame/constants.ts'
import type { Channel, Transport } from '../../src/transport/transport.ts'
import type { Report } from './oracle.ts'

/** A node with few paths begins no more dials than this within a second. */
const YOUNG_DIALS_MAX = 32
/** Over each path it may begin these: at once after a loss, after the first wait, which is 0.8 s at the least, and when a hint ends a wait. */
const YOUNG_DIALS_OF_PATH_MAX = 3
const YOUNG_MS = 1_000
/** But for those to addresses of a network: where nobody is let in, each is dialed so often in the first second. */
const YOUNG_DIALS_OF_ADDRESS_MAX = 5
/**
 * For each path that it has, as many dials may be under way. One that hangs takes ten seconds, the next one does not wait for it, and a
 * link that is suspect again and again is a reason to dial at once each time.
 */
const DIALS_OF_PATH_MAX = 24

export interface WireWatchOptions {
  readonly now: () => number
  readonly paths: number
  /** Its peers are found by the addresses of a network. */
  readonly isNetwork: boolean
  readonly report: Report
}

/** What a node does below its sessions: its dials, which must be bounded, and its pings. */
export class WireWatch {
  readonly #options: WireWatchOptions
  /** When the dials of the last second began. */
  #begunMs: number[] = []
  #underWay = 0
  readonly #pingedMs = new Map<string, number>()

  constructor(options: WireWatchOptions) {
    this.#options = options
  }

  /** When the last PING left between these two addresses; −Infinity if none did. */
  pingedMs(localAddress: string, address: string): number {
    return this.#pingedMs.get(`${localAddress} ${address}`) ?? -Infinity
  }

  /** The same transport, with its channels watched. */
  over(transport: Transport): Transport {
    return {
      scheme: transport.scheme,
      dial: async (address, options) => {
        this.#dialing()
        try {
          return this.#watched(await transport.dial(address, options))
        } finally {
          this.#underWay--
        }
      },
      listen: (address, arrived) =>
        transport.listen(address, (arrival) => {
          this.#watched(arrival.channel)
          arrived(arrival)
        }),
    }
  }

  #dialing(): void {
    const { now, paths, isNetwork, report } = this.#options
    const nowMs = now()
    this.#begunMs = this.#begunMs.filter((begunMs) => begunMs > nowMs - YOUNG_MS)
    this.#begunMs.push(nowMs)
    this.#underWay++
    const youngOfPathMax = isNetwork ? YOUNG_DIALS_OF_ADDRESS_MAX : YOUNG_DIALS_OF_PATH_MAX
    const youngMax = Math.max(YOUNG_DIALS_MAX, youngOfPathMax * paths)
    if (this.#begunMs.length > youngMax) report(`it began ${this.#begunMs.length} dials within a second`)
    if (this.#underWay > DIALS_OF_PATH_MAX * paths) report(`it has ${this.#underWay} dials under way`)
  }

  #watched(channel: Channel): Channel {
    const write = channel.write.bind(channel)
    const link = `${channel.localAddress} ${channel.remoteAddress}`
    // Every frame is a chunk of its own, with its type in the fourth byte.
    channel.write = (chunks) => {
      for (const frame of chunks) {
        if (frame[3] === frameTypes.ping) this.#pingedMs.set(link, this.#options.now())
      }
      return write(chunks)
    }
    return channel
  }
}

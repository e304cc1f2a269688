import { frameTypes } from '../../src/core/frame/constants.ts'
import type { Channel, Transport } from '../../src/transport/transport.ts'

/** Of the dials of a node these are young. */
const YOUNG_MS = 1_000

/** What a node does below its sessions: its dials and its pings. */
export class WireWatch {
  readonly #now: () => number
  /** When the dials of the last second began. */
  #begunMs: number[] = []
  #underWay = 0
  readonly #pingedMs = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** How many dials are under way. */
  get dialsUnderWay(): number {
    return this.#underWay
  }

  /** How many began within the last second. */
  get youngDials(): number {
    const nowMs = this.#now()
    this.#begunMs = this.#begunMs.filter((begunMs) => begunMs > nowMs - YOUNG_MS)
    return this.#begunMs.length
  }

  /** When the last PING left on a link of this direction to or from this address; −Infinity if none did. */
  pingedMs(direction: string, address: string): number {
    return this.#pingedMs.get(`${direction} ${address}`) ?? -Infinity
  }

  /** The same transport, with its channels watched. */
  over(transport: Transport): Transport {
    return {
      scheme: transport.scheme,
      dial: async (address, options) => {
        this.#begunMs.push(this.#now())
        this.#underWay++
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

  #watched(channel: Channel): Channel {
    const write = channel.write.bind(channel)
    const link = `${channel.direction} ${channel.remoteAddress}`
    // Every frame is a chunk of its own, with its type in the fourth byte.
    channel.write = (chunks) => {
      for (const frame of chunks) {
        if (frame[3] === frameTypes.ping) this.#pingedMs.set(link, this.#now())
      }
      return write(chunks)
    }
    return channel
  }
}

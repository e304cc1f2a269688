import type { Clock } from '../../clock.ts'
import type { Channel } from '../../transport/transport.ts'
import { NodeFullError } from '../errors.ts'
import type { Tuning } from '../resolve-options.ts'
import { type Handshake, Link } from './link.ts'

/** All links of a node from their first frame on, those in the handshake included. */
export class LinkRegistry {
  readonly #clock: Clock
  readonly #tuning: Pick<Tuning, 'linksMax'>
  readonly #links = new Set<Link>()
  /** Those that came in and have not been let in. The transport bounds them; here they do not count. */
  readonly #strangers = new Set<Link>()
  /** Of links that are gone. */
  #bytesSent = 0
  #bytesReceived = 0
  #allGone: (() => void) | undefined

  constructor(clock: Clock, tuning: Pick<Tuning, 'linksMax'>) {
    this.#clock = clock
    this.#tuning = tuning
  }

  /** There are as many as there may be. */
  get isFull(): boolean {
    return this.#count >= this.#tuning.linksMax
  }

  /** Makes a link of a channel, and remembers it until it is gone. Throws `NodeFullError` for one too many that this node dialed. */
  add(channel: Channel, handshake: Handshake): Link {
    if (channel.direction === 'outbound' && this.isFull) {
      channel.destroy()
      throw new NodeFullError('This node has as many connections as its option linksMax allows')
    }
    const link = new Link(channel, this.#clock, handshake, () => {
      this.#links.delete(link)
      this.#strangers.delete(link)
      this.#bytesSent += link.bytesSent
      this.#bytesReceived += link.bytesReceived
      if (this.#links.size === 0) this.#allGone?.()
    })
    this.#links.add(link)
    if (channel.direction === 'inbound') this.#strangers.add(link)
    return link
  }

  /** A link that came in has been let in. */
  accept(link: Link): void {
    this.#strangers.delete(link)
  }

  get #count(): number {
    return this.#links.size - this.#strangers.size
  }

  /** How many there are, without those of strangers, and what all of them, those that are gone too, have carried. */
  get counts(): { readonly links: number; readonly bytesSent: number; readonly bytesReceived: number } {
    let bytesSent = this.#bytesSent
    let bytesReceived = this.#bytesReceived
    for (const link of this.#links) {
      bytesSent += link.bytesSent
      bytesReceived += link.bytesReceived
    }
    return { links: this.#count, bytesSent, bytesReceived }
  }

  /** Resolves when there is none any more. */
  allGone(): Promise<void> {
    if (this.#links.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#allGone = resolve
    })
  }

  destroyAll(): void {
    for (const link of this.#links) link.channel.destroy()
  }
}

import { DataQueue } from './data-queue.ts'
import type { SessionLink } from './link.ts'
import { BETTER_BY, carriersOf } from './link-choice.ts'
import type { SessionStream } from './stream.ts'

/** No link is taken for slower: what little a quiet link delivers says nothing about what it could. */
const RATE_BYTES_PER_MS_MIN = 64

/** A link that stands idle takes the only stream of one that is so much slower; of one that is about as fast it would soon take it back. */
const FASTER_BY = 2

/** What one link carries of a session that uses all of them. */
export interface LinkShare {
  readonly link: SessionLink
  readonly streams: Set<SessionStream>
  /** Those that have data to send. */
  readonly data: DataQueue
  /** Those that have frames other than data to send. */
  readonly due: SessionStream[]
  /** The bytes that wait in its streams. */
  queuedBytes: number
}

/**
 * Which link carries which stream when a session uses several at once (SPEC.md, section 4). Whole streams are given to links, so that
 * the bytes of each arrive in order and nothing has to be put together again. A stream's link changes
 *
 * - when the link is in doubt, or one of a better kind has come: all its streams move;
 * - when everything that the stream sent is acknowledged: then moving costs nothing, and the next write goes where it is sent soonest;
 * - when another link has nothing at all to do while this one has several streams waiting, or is much slower: that takes one of them over;
 * - when the link takes nothing though nothing is in flight on it: then no acknowledgement is overdue that would bring it in doubt.
 */
export class StreamShares {
  #links: readonly SessionLink[] = []
  readonly #shares = new Map<SessionLink, LinkShare>()
  /** Streams that have data to send while there is no link. */
  readonly #homeless = new DataQueue()

  /** Something waits for a link that takes it. */
  get hasWork(): boolean {
    if (!this.#homeless.isEmpty) return true
    for (const { data, due } of this.#shares.values()) if (!data.isEmpty || due.length > 0) return true
    return false
  }

  /** The links, or what is known of them, have changed. Streams whose frames other than data have no link any more go to `due`. */
  linksChanged(links: readonly SessionLink[], due: SessionStream[]): void {
    this.#links = links
    const carriers = carriersOf(links)
    const moving = [this.#homeless]
    for (const share of this.#shares.values()) {
      if (carriers.includes(share.link)) continue
      this.#shares.delete(share.link)
      for (const stream of share.streams) leave(stream, share)
      due.push(...share.due.splice(0))
      moving.push(share.data)
    }
    if (carriers.length === 0) moving.shift()
    for (const queue of moving) {
      for (let stream = queue.take(); stream !== undefined; stream = queue.take()) this.#give(stream).add(stream)
    }
  }

  /** The queue in which a stream with data waits. Below `firstUnacknowledged` all frames are acknowledged. */
  queueOf(stream: SessionStream, firstUnacknowledged: number): DataQueue {
    const { share } = stream
    if (share === undefined) return this.#give(stream)
    this.count(stream)
    if (stream.queued || stream.lastSequence >= firstUnacknowledged) return share.data
    const best = this.#bestFor(stream)
    if (best === undefined || best === share.link) return share.data
    if (this.#costMs(best, stream) * (1 + BETTER_BY) > this.#costMs(share.link, stream)) return share.data
    return this.#give(stream, best)
  }

  /** What the link carries; where a stream of another one should be on it, with that. */
  of(link: SessionLink): LinkShare | undefined {
    const stream = this.#inNeedOf(link)?.data.take()
    if (stream !== undefined) this.#give(stream, link).add(stream)
    return this.#shares.get(link)
  }

  /** A stream's queue has grown or shrunk. */
  count(stream: SessionStream): void {
    const { share } = stream
    if (share === undefined) return
    share.queuedBytes += stream.send.queuedBytes - stream.countedBytes
    stream.countedBytes = stream.send.queuedBytes
  }

  /** The stream is over. */
  remove(stream: SessionStream): void {
    if (stream.share !== undefined) leave(stream, stream.share)
  }

  #give(stream: SessionStream, to = this.#bestFor(stream)): DataQueue {
    if (stream.share !== undefined) leave(stream, stream.share)
    if (to === undefined) return this.#homeless
    const share = this.#shareOf(to)
    share.streams.add(stream)
    stream.share = share
    this.count(stream)
    return share.data
  }

  #shareOf(link: SessionLink): LinkShare {
    let share = this.#shares.get(link)
    if (share === undefined) {
      share = { link, streams: new Set(), data: new DataQueue(), due: [], queuedBytes: 0 }
      this.#shares.set(link, share)
    }
    return share
  }

  #bestFor(stream: SessionStream): SessionLink | undefined {
    let best: SessionLink | undefined
    let bestMs = Infinity
    for (const link of carriersOf(this.#links)) {
      const costMs = this.#costMs(link, stream)
      if (best !== undefined && costMs >= bestMs) continue
      best = link
      bestMs = costMs
    }
    return best
  }

  /** How long the link needs for all that others have given it, and half a round trip. */
  #costMs(link: SessionLink, stream: SessionStream): number {
    if (isStuck(link)) return Number.MAX_VALUE
    const share = this.#shares.get(link)
    const ownBytes = share !== undefined && stream.share === share ? stream.countedBytes : 0
    const waitingBytes = (share?.queuedBytes ?? 0) - ownBytes + link.inFlightBytes
    const roundTripMs = link.roundTrip.smoothedMs ?? link.roundTrip.probeTimeoutMs
    return waitingBytes / this.#rateOf(link) + roundTripMs / 2
  }

  /** In bytes a millisecond. A link whose rate is not known yet is taken to be as fast as the fastest, or it would never show it. */
  #rateOf(link: SessionLink): number {
    const known = link.bytesPerSecond > 0 ? [link] : this.#links
    return Math.max(RATE_BYTES_PER_MS_MIN, ...known.map(({ bytesPerSecond }) => bytesPerSecond / 1_000))
  }

  /** The share of which `helper` should take a stream: one that is stuck, or, if it is idle, the one with the most streams waiting. */
  #inNeedOf(helper: SessionLink): LinkShare | undefined {
    let most: LinkShare | undefined
    for (const share of this.#shares.values()) {
      const { link, data } = share
      if (link === helper || data.isEmpty || link.takesFrames || !this.#mayHelp(helper)) continue
      if (isStuck(link)) return share
      if (helper.inFlightFrames > 0 || this.#shares.get(helper)?.data.isEmpty === false) continue
      const { bytesPerSecond } = link
      const isMuchSlower = bytesPerSecond > 0 && bytesPerSecond * FASTER_BY <= helper.bytesPerSecond
      if ((data.size > 1 || isMuchSlower) && data.size > (most?.data.size ?? 0)) most = share
    }
    return most
  }

  #mayHelp(link: SessionLink): boolean {
    return link.takesFrames && carriersOf(this.#links).includes(link)
  }
}

/** It takes nothing, and nobody can tell from acknowledgements how long that has been so. */
function isStuck(link: SessionLink): boolean {
  return !link.room && link.inFlightFrames === 0
}

function leave(stream: SessionStream, share: LinkShare): void {
  share.streams.delete(stream)
  share.queuedBytes -= stream.countedBytes
  stream.share = undefined
  stream.countedBytes = 0
}

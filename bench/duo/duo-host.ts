import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import type { Accepting, HoldEvent, Holder, HolderName, HolderOptions, Holding, Note, Sink } from './holder.ts'
import { Load } from './load.ts'
import { PatternReader } from './pattern.ts'

const holders: Readonly<Record<HolderName, (options: HolderOptions) => Promise<Holder>>> = {
  holdfast: async (options) => new (await import('./holdfast-holder.ts')).HoldfastHolder(options),
  tls: async (options) => new (await import('./tls-holder.ts')).TlsHolder(options),
  libp2p: async () => new (await import('./libp2p-holder.ts')).Libp2pDuoHolder(),
}

const LOOK_EVERY_MS = 20

/** One end of one pair. */
interface End {
  readonly holder: Holder
  readonly events: HoldEvent[]
  readonly arrivals: number[]
  readonly readers: PatternReader[]
  readonly loads: Load[]
  ended: number
  accepting?: Accepting
  holding?: Holding
}

/** What has arrived at a server. */
export interface Received {
  readonly bytes: number
  readonly wrong: number
  /** Streams that were ended by the other side. */
  readonly ended: number
}

/** The servers of many pairs, or their clients, in one process. Pairs have names. */
export class DuoHost {
  readonly #ends = new Map<string, End>()

  async make(pair: string, name: HolderName, options: HolderOptions): Promise<string> {
    const holder = await holders[name](options)
    this.#ends.set(pair, { holder, events: [], arrivals: [], readers: [], loads: [], ended: 0 })
    return holder.introduce()
  }

  // The server.

  async accept(
    pair: string,
    introduction: string,
    ports: readonly number[] | null,
  ): Promise<{ port: number; invitation: string }> {
    const end = this.#end(pair)
    end.accepting = await end.holder.accept(introduction, ports, () => sinkOf(end), noteOf(end))
    const { port, invitation } = end.accepting
    return { port, invitation }
  }

  /** When data arrived, by `nowMs`. */
  arrivals(pair: string): readonly number[] {
    return this.#end(pair).arrivals
  }

  received(pair: string): Received {
    const { readers, ended } = this.#end(pair)
    const bytes = readers.reduce((sum, { received }) => sum + received, 0)
    return { bytes, wrong: readers.reduce((sum, { wrong }) => sum + wrong, 0), ended }
  }

  // The client.

  /** Connects, and waits until so many links stand. */
  async hold(pair: string, invitation: string, ports: readonly number[], links: number): Promise<void> {
    const end = this.#end(pair)
    end.holding = await end.holder.hold(invitation, ports, noteOf(end))
    while (end.holding.links() < links) await sleep(LOOK_EVERY_MS)
  }

  /** Writes into so many streams, at this rate in all; null: as fast as they take it. */
  async load(pair: string, streams: number, bytesPerSecond: number | null): Promise<void> {
    const end = this.#end(pair)
    if (end.holding === undefined) throw new Error('the client is not connected yet')
    for (let stream = 0; stream < streams; stream++) {
      const outlet = await end.holding.open()
      end.loads.push(new Load(outlet, bytesPerSecond === null ? null : bytesPerSecond / streams))
    }
  }

  /** Ends all streams, and answers with how many bytes were written. */
  unload(pair: string): number {
    const { loads } = this.#end(pair)
    for (const load of loads) load.stop()
    return loads.reduce((sum, { written }) => sum + written, 0)
  }

  attempts(pair: string): number {
    return this.#end(pair).holding?.attempts() ?? 0
  }

  // Both.

  events(pair: string): readonly HoldEvent[] {
    return this.#end(pair).events
  }

  async close(pair: string): Promise<void> {
    const { accepting, holding, loads } = this.#end(pair)
    for (const load of loads) load.stop()
    this.#ends.delete(pair)
    await Promise.all([accepting?.close(), holding?.close()])
  }

  #end(pair: string): End {
    const end = this.#ends.get(pair)
    if (end === undefined) throw new Error(`there is no pair ${pair}`)
    return end
  }
}

function noteOf({ events }: End): Note {
  return (kind, detail) => {
    events.push({ kind, atMs: nowMs(), ...(detail !== undefined && { detail }) })
  }
}

function sinkOf(end: End): Sink {
  const reader = new PatternReader()
  end.readers.push(reader)
  return {
    data(bytes) {
      end.arrivals.push(nowMs())
      reader.take(bytes.subarray())
    },
    end() {
      end.ended++
    },
  }
}

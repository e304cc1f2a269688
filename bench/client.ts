import type { Client, Contestant, Traits } from './contestant.ts'
import type { Measure, Sample } from './measure.ts'
import { measures } from './measures/all.ts'
import { type Remote, remote } from './rpc.ts'
import type { BenchServer } from './server.ts'

/** What main answers to a client process. */
export interface LinkBreaker {
  /** Resets all links of the pair, and answers with the time at which it did; milliseconds by `nowMs`. */
  reset(): number | Promise<number>
}

/** What a measure has to work with, in the client's process. */
export interface Bench {
  readonly traits: Traits
  readonly server: Remote<BenchServer>
  readonly links: Remote<LinkBreaker>
  /** Shorter runs and fewer peers, to see that everything works. */
  readonly quick: boolean
  /** A new peer that the server knows; not necessarily connected yet. */
  join(): Promise<Client>
}

/** The dialing half of a pair; its methods are called from main. */
export class BenchClient {
  readonly #bench: Bench
  /**
   * Held for good: a measure may keep a stream alone, and a client that is collected takes its connection with it
   * (iroh).
   */
  readonly #clients: Client[] = []
  #round: (() => Promise<Sample>) | undefined

  constructor(
    contestant: Contestant,
    call: (method: string, parameters: unknown[]) => Promise<unknown>,
    quick: boolean,
  ) {
    const server = remote<BenchServer>((method, parameters) => call(`server.${method}`, parameters))
    this.#bench = {
      traits: contestant.traits,
      server,
      links: remote<LinkBreaker>((method, parameters) => call(`links.${method}`, parameters)),
      quick,
      join: async () => {
        const client = await contestant.join(await server.invite())
        this.#clients.push(client)
        return client
      },
    }
  }

  async start(name: Measure['name']): Promise<void> {
    this.#round = await measures[name].start(this.#bench)
  }

  round(): Promise<Sample> {
    if (this.#round === undefined) throw new Error('no measure has been started')
    return this.#round()
  }
}

import type { BenchClient, LinkBreaker } from './client.ts'
import type { ContestantName } from './contestant.ts'
import type { Measure, Sample } from './measure.ts'
import type { Child, Children } from './process.ts'
import { ResetProxy } from './proxy.ts'
import { answerWith, type Remote, remote } from './rpc.ts'
import type { BenchServer } from './server.ts'

/** How long a process may take to load its contestant and to listen. */
const START_LIMIT_MS = 30_000

/** The two processes of one contestant, ready for one measure. */
export class Pair {
  readonly #server: Child
  readonly #client: Child
  readonly #proxy: ResetProxy | undefined
  readonly #measure: Measure
  /** Set once it listens: whether there is TCP for the proxy to reset. */
  #overTcp = false

  private constructor(children: Children, contestant: ContestantName, measure: Measure, quick: boolean) {
    this.#measure = measure
    this.#proxy = measure.proxied ? new ResetProxy() : undefined
    this.#server = children.start([contestant, 'server'], () => {
      throw new Error('a server has nothing to ask')
    })
    const answer = answerWith(this.#links)
    this.#client = children.start([contestant, 'client', ...(quick ? ['quick'] : [])], (method, parameters) => {
      const [target, name = ''] = method.split('.')
      return target === 'links' ? answer(name, parameters) : this.#server.call(name, parameters, measure.limitMs)
    })
  }

  static async start(children: Children, contestant: ContestantName, measure: Measure, quick: boolean): Promise<Pair> {
    const pair = new Pair(children, contestant, measure, quick)
    try {
      await pair.#prepare()
      return pair
    } catch (error) {
      pair.end()
      throw error
    }
  }

  async round(): Promise<Sample> {
    return this.#onClient(this.#measure.limitMs).round()
  }

  end(): void {
    this.#server.end()
    this.#client.end()
    this.#proxy?.close()
  }

  async #prepare(): Promise<void> {
    const proxyPort = (await this.#proxy?.listen()) ?? null
    const port = await this.#onServer(START_LIMIT_MS).listen(proxyPort)
    this.#overTcp = port !== null
    if (port !== null) this.#proxy?.leadTo(port)
    await this.#onClient(this.#measure.limitMs).start(this.#measure.name)
  }

  readonly #links: LinkBreaker = {
    reset: () => {
      if (!this.#overTcp) return this.#onServer(START_LIMIT_MS).dropLinks()
      if (this.#proxy === undefined)
        throw new Error(`asked for a reset, but "${this.#measure.name}" runs without a proxy`)
      return this.#proxy.reset()
    },
  }

  #onServer(limitMs: number): Remote<BenchServer> {
    return remote<BenchServer>((method, parameters) => this.#server.call(method, parameters, limitMs))
  }

  #onClient(limitMs: number): Remote<BenchClient> {
    return remote<BenchClient>((method, parameters) => this.#client.call(method, parameters, limitMs))
  }
}

import { DIAL_TIMEOUT_MS } from '../../src/node/dial/dialer.ts'
import type { Machine } from './machine.ts'
import type { People } from './people.ts'
import type { Plan } from './plan.ts'
import type { Traffic } from './traffic.ts'
import type { VirtualClock } from './virtual-clock.ts'

const LOOK_EVERY_MS = 500
/** Beyond the idle timeout: until the channel is closed as well, and an attempt that was under way has ended. */
const LETTING_GO_MS = DIAL_TIMEOUT_MS + 1_000

export interface HoldingOptions {
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly machines: readonly Machine[]
  readonly people: People
  readonly traffic: Traffic
  readonly report: (problem: string) => void
}

/** Two nodes that hold each other on demand: there is a link while there are streams, and none a while after. */
export class Holding {
  readonly #options: HoldingOptions
  /** When one of the two was last not up or not awake, and could not let go. */
  #awayMs = 0
  /** When a link came up last: a dial that hung may come through when nobody waits for it any more. */
  #linkUpMs = 0

  constructor(options: HoldingOptions) {
    this.#options = options
  }

  begin(): void {
    this.#look()
  }

  /** A machine is up. */
  started(machine: Machine): void {
    const { traffic, machines, report } = this.#options
    machine.node?.on('link:up', () => {
      this.#linkUpMs = this.#options.clock.now()
    })
    machine.node?.on('link:lost', (peer, _, reason) => {
      if (!machines.some(({ id }) => id === peer.id)) return
      const open = traffic.live.find((record) => record.isOf(machine.number) && record.end(machine.number) === 'open')
      if (reason === 'idle' && open !== undefined)
        report(`${machine.name} let go of ${peer.name} for being idle, with stream ${open.number} open`)
    })
  }

  #look(): void {
    const { plan, clock, machines, traffic } = this.#options
    if (!machines.every(({ node, isAwake }) => node !== undefined && isAwake)) this.#awayMs = clock.now()
    const quietMs = clock.now() - Math.max(traffic.quietSinceMs ?? Infinity, this.#awayMs, this.#linkUpMs)
    if (quietMs > (plan.onDemandIdleMs ?? Infinity) + LETTING_GO_MS) this.#checkApart()
    if (clock.now() < plan.endAtMs) clock.after(LOOK_EVERY_MS, () => this.#look())
  }

  #checkApart(): void {
    const { machines, people, report } = this.#options
    for (const machine of machines) {
      for (const { id, name, state, links } of machine.node?.peers() ?? []) {
        if (!machines.some((other) => other.id === id)) continue
        if (links.length > 0) report(`${machine.name} holds ${links.length} links to ${name}, and nothing is open`)
        if (state.kind !== 'disconnected' && state.kind !== 'paired' && !people.isEstranged(0, 1))
          report(`${machine.name} says of ${name}, with whom nothing is open: ${state.kind}`)
      }
    }
  }
}

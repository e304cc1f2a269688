import type { Peer } from '../../src/node/api.ts'
import type { Machine } from './machine.ts'
import type { PeerAction } from './plan-faults.ts'
import type { Stage } from './strike.ts'
import type { Traffic } from './traffic.ts'

/** Until somebody is there again to take back what was decided. */
const AGAIN_MS = 500
const PAIR_AGAIN_MS = 2_000
/** Clocks differ by days. */
const TICKET_MS = 365 * 86_400_000
/** A pairing gives up by itself before that, unless its node is gone. */
const PAIRING_MS = 45_000
/** After a decision was taken back, for the pair to be as it was. */
const SETTLED_MS = 30_000

/** What people here and there decide about peers, and which pairs are apart because of that. */
export class People {
  readonly #stage: Stage
  readonly #traffic: Traffic
  readonly #report: (problem: string) => void
  readonly #log: (line: string) => void
  readonly #apart = new Set<string>()
  readonly #estranged = new Set<string>()
  readonly #togetherMs = new Map<string, number>()

  constructor(stage: Stage, traffic: Traffic, report: (problem: string) => void, log: (line: string) => void) {
    this.#stage = stage
    this.#traffic = traffic
    this.#report = report
    this.#log = log
  }

  /** Nobody can expect the two to be connected: somebody does not want it, or did not until a moment ago. */
  isUnsettled(one: number, other: number): boolean {
    const key = keyOf(one, other)
    return this.#apart.has(key) || this.#stage.clock.now() < (this.#togetherMs.get(key) ?? -Infinity) + SETTLED_MS
  }

  /** The same, until both have been connected again: the one that was refused waits for the other to come. */
  isEstranged(one: number, other: number): boolean {
    const key = keyOf(one, other)
    if (!this.#apart.has(key) && this.#areConnected(one, other)) this.#estranged.delete(key)
    return this.#estranged.has(key)
  }

  isApart(one: number, other: number): boolean {
    return this.#apart.has(keyOf(one, other))
  }

  /** Somebody at a node decides; nothing comes of it where the node is down, or the two are apart already. */
  act(action: PeerAction): void {
    const peer = this.#peer(action)
    if (peer === undefined || this.isApart(action.node, action.peer)) return
    if (action.kind === 'rename') {
      peer.rename(action.name)
      return
    }
    this.#apart.add(keyOf(action.node, action.peer))
    this.#estranged.add(keyOf(action.node, action.peer))
    this.#traffic.goesApart(action)
    switch (action.kind) {
      case 'pause-peer':
        peer.pause()
        break
      case 'block-peer':
        peer.block()
        break
      case 'unpair':
        peer.unpair()
    }
    this.#after(action.untilMs - this.#stage.clock.now(), () => this.#takeBack(action))
  }

  #takeBack(action: Exclude<PeerAction, { kind: 'rename' }>): void {
    if (action.kind === 'unpair') {
      void this.#pairAgain(action).catch((error: unknown) => this.#report(`pairing again failed: ${String(error)}`))
      return
    }
    const peer = this.#peer(action)
    if (peer === undefined) {
      this.#after(AGAIN_MS, () => this.#takeBack(action))
      return
    }
    if (action.kind === 'pause-peer') peer.resume()
    else peer.unblock()
    this.#together(action)
  }

  /** By a ticket of the one that ended the pairing, as often as it takes. */
  async #pairAgain(action: PeerAction): Promise<void> {
    const { clock, machines } = this.#stage
    const [issuer, other] = [machines[action.node]!, machines[action.peer]!]
    while (!arePaired(issuer, other)) {
      if (isUsable(issuer) && isUsable(other)) {
        const pairing = issuer.node!.ticket({ expiresInMs: TICKET_MS }).then((ticket) => other.node!.pair(ticket))
        const failed = (error: unknown): void => this.#log(`${other.name} could not pair again: ${String(error)}`)
        await Promise.race([pairing.catch(failed), sleep(PAIRING_MS)])
      }
      if (!arePaired(issuer, other)) await sleep(PAIR_AGAIN_MS)
    }
    this.#together(action)

    function sleep(ms: number): Promise<void> {
      return new Promise((resolve) => clock.after(ms, resolve))
    }
  }

  #areConnected(one: number, other: number): boolean {
    const [here, there] = [this.#stage.machines[one]!, this.#stage.machines[other]!]
    return here.node?.isConnected(there.id) === true && there.node?.isConnected(here.id) === true
  }

  #together({ node, peer }: PeerAction): void {
    this.#apart.delete(keyOf(node, peer))
    this.#togetherMs.set(keyOf(node, peer), this.#stage.clock.now())
    this.#traffic.openDeferred()
  }

  #peer({ node, peer }: PeerAction): Peer | undefined {
    const machine = this.#stage.machines[node]!
    if (!isUsable(machine)) return undefined
    const { id } = this.#stage.machines[peer]!
    return machine.node?.peers().find((other) => other.id === id)
  }

  #after(delayMs: number, callback: () => void): void {
    this.#stage.clock.after(Math.max(0, delayMs), callback)
  }
}

function isUsable(machine: Machine): boolean {
  return machine.isAwake && machine.node !== undefined
}

function arePaired(one: Machine, other: Machine): boolean {
  const has = (machine: Machine, { id }: Machine): boolean =>
    machine.node?.peers().some((peer) => peer.id === id && peer.relation === 'paired') === true
  return has(one, other) && has(other, one)
}

function keyOf(one: number, other: number): string {
  return `${Math.min(one, other)} ${Math.max(one, other)}`
}

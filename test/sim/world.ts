import { crc32 } from 'node:zlib'
import type { Node } from '../../src/node/api.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { checkBounds, checkRest, checkState } from './bounds.ts'
import { planClone } from './clone.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { checkPairs } from './mesh-check.ts'
import { names } from './names.ts'
import { People } from './people.ts'
import { neighboursOf, type Plan } from './plan.ts'
import { type Fault, isAction, type Restart } from './plan-faults.ts'
import { Random } from './random.ts'
import { pathOf, type Stage, strike } from './strike.ts'
import { Traffic } from './traffic.ts'
import { VirtualClock } from './virtual-clock.ts'
import { watchRecovery } from './watch.ts'

const BOUNDS_EVERY_MS = 2_000

/** Everything of one seed: machines on a network, what befalls them, and what must hold nevertheless. */
export class World implements Stage {
  readonly plan: Plan
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly machines: readonly Machine[]
  readonly traffic: Traffic
  readonly people: People
  readonly problems: string[] = []
  readonly #print: ((line: string) => void) | undefined
  #clone: Machine | undefined
  #struck = 0
  #hash = 0

  constructor(plan: Plan, print?: (line: string) => void) {
    this.plan = plan
    this.#print = print
    const random = new Random(plan.seed, 2)
    this.network = new MemoryNetwork({
      clock: this.clock,
      random: () => random.float(),
      trace: (kind, channel, bytes) => {
        if (kind === 'dial') this.log(`dial ${channel}`)
        else this.#trace(`${kind} ${channel} ${bytes}`)
      },
    })
    this.machines = Array.from({ length: plan.nodes }, (_, number) => this.#machine(number))
    this.traffic = new Traffic({
      ...this.#shared,
      machines: this.machines,
      isApart: (a, b) => this.people.isApart(a, b),
    })
    this.people = new People(this, this.traffic, this.report, this.log)
    for (const path of plan.paths) pathOf(this, path).change(path.conditions)
    this.clock.settled = () => {
      for (const machine of this.machines) machine.run?.settled()
      this.#clone?.run?.settled()
    }
  }

  get faultsStruck(): number {
    return this.#struck
  }

  /** A hash of everything that happened, in its order. */
  get hash(): number {
    return this.#hash
  }

  readonly report = (problem: string): void => {
    this.log(`PROBLEM ${problem}`)
    this.problems.push(`at ${this.clock.now()} ms: ${problem}`)
  }

  readonly log = (line: string): void => {
    this.#trace(line)
    this.#print?.(`${(this.clock.now() / 1_000).toFixed(3).padStart(8)} ${line}`)
  }

  /** Pairs and starts the nodes, and puts what the plan holds on the calendar. */
  async begin(): Promise<void> {
    const { plan, clock, machines } = this
    if (plan.pairing === 'stored') this.#pairInStores()
    if (plan.clone !== undefined) planClone(this, plan.clone, this.#shared, (clone) => (this.#clone = clone))
    for (const machine of machines) await this.traffic.start(machine)
    if (plan.pairing === 'ticket') void this.#pairByTicket(machines[0]!.node!, machines[1]!.node!)
    for (const fault of plan.faults) clock.after(fault.atMs, () => this.#strike(fault))
    this.traffic.begin()
    const { ticker } = plan
    if (ticker !== undefined) watchRecovery(this, () => this.traffic.recordOf(ticker), this.report)
    for (const atMs of plan.checkpointsMs) clock.after(atMs, () => checkPairs(this, this.people, this.report))
    this.#checkBoundsRegularly()
  }

  /** Every pair must be connected, by as many links as it wants and no more. */
  checkStates(): void {
    for (const machine of this.machines) {
      for (const number of neighboursOf(this.plan, machine.number)) {
        const other = this.machines[number]!
        const peer = machine.node?.peer(other.id)
        if (peer?.state.kind !== 'connected')
          this.report(`${machine.name} says of ${other.name} in the end: ${JSON.stringify(peer?.state)}`)
        const links = peer?.links ?? []
        if (links.length === 0 || links.length > this.plan.linksWanted)
          this.report(
            `${machine.name} has ${links.length} links to ${other.name} in the end and wants ${this.plan.linksWanted}`,
          )
      }
    }
  }

  /** All streams are over, so nothing may be left of them. */
  checkRest(): void {
    for (const machine of this.machines) checkRest(machine, this.report)
  }

  /** The scenario must have been worth its name. */
  checkVolume(): void {
    for (const { name, number } of this.machines) {
      const bytes = this.traffic.bytesFrom(number)
      if (bytes < this.plan.bytesMin) this.report(`only ${bytes} bytes came from ${name}`)
    }
  }

  checkBounds(): void {
    const { live } = this.traffic
    for (const machine of this.machines) {
      checkBounds(machine, live, this.plan, this.report)
      checkState(machine, (number) => this.people.isEstranged(machine.number, number), this)
    }
  }

  #pairInStores(): void {
    for (const machine of this.machines) {
      const store = memoryStore(machine.disk)
      for (const number of neighboursOf(this.plan, machine.number)) {
        const { id, name, addresses } = this.machines[number]!
        store.savePeer({
          id,
          name,
          pairedAtMs: this.clock.wallNow(),
          addresses,
          instanceStart: 0,
          lastSeenMs: undefined,
          keys: undefined,
          ...defaultChoices,
        })
      }
    }
  }

  async #pairByTicket(alice: Node, bob: Node): Promise<void> {
    try {
      await bob.pair(await alice.ticket())
      this.log('paired')
      this.traffic.openDeferred()
    } catch (error) {
      this.report(`the pairing failed: ${String(error)}`)
    }
  }

  #machine(number: number): Machine {
    return new Machine({
      ...this.#shared,
      number,
      name: names[number]!,
      identity: number,
      disk: new MemoryDisk(),
    })
  }

  /** What all machines share. */
  get #shared(): Pick<MachineOptions, 'plan' | 'clock' | 'network' | 'report' | 'log' | 'connected' | 'closed'> {
    const { plan, clock, network, report, log } = this
    return {
      plan,
      clock,
      network,
      report,
      log,
      connected: () => this.traffic.openDeferred(),
      closed: (record) => this.traffic.settle(record),
    }
  }

  #strike(fault: Fault): void {
    if (this.problems.length > 0) return
    this.#struck++
    this.log(`fault ${JSON.stringify(fault)}`)
    if (fault.kind === 'restart')
      void this.#restart(fault).catch((error: unknown) => this.report(`a restart failed: ${String(error)}`))
    else if (isAction(fault)) this.people.act(fault)
    else strike(this, fault, () => this.traffic.openDeferred())
  }

  async #restart(fault: Restart): Promise<void> {
    const machine = this.machines[fault.node]!
    // A process that is stopped takes no signal to end itself.
    if (fault.how === 'close') await new Promise<void>((resolve) => this.network.host(machine.name).soon(resolve))
    this.traffic.goesDown(fault)
    if (fault.how === 'close') await machine.close()
    else machine.crash(fault.how)
    this.log(`${machine.name} is down`)
    this.traffic.isDown(machine)
    await new Promise<void>((resolve) => this.clock.after(Math.max(0, fault.untilMs - this.clock.now()), resolve))
    await this.traffic.start(machine)
    this.log(`${machine.name} is up again`)
    this.traffic.openDeferred()
  }

  #checkBoundsRegularly(): void {
    this.clock.after(BOUNDS_EVERY_MS, () => {
      this.checkBounds()
      if (this.clock.now() < this.plan.endAtMs) this.#checkBoundsRegularly()
    })
  }

  #trace(line: string): void {
    this.#hash = crc32(`${this.clock.now()} ${line}`, this.#hash)
  }
}

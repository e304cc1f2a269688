import { crc32 } from 'node:zlib'
import type { Node } from '../../src/node/api.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import { checkBounds, checkRest, checkState } from './bounds.ts'
import { Broadcasts, NEWS_MS } from './broadcasts.ts'
import { planClone } from './clone.ts'
import { isLower, watchDirection } from './dial-direction.ts'
import { Holding } from './holding.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { watchPairs } from './mesh-check.ts'
import { names } from './names.ts'
import { neighboursOf } from './pairs.ts'
import { partsOf } from './parts.ts'
import { People } from './people.ts'
import type { Plan } from './plan.ts'
import { type Fault, isAction, type Restart } from './plan-faults.ts'
import { Random } from './random.ts'
import { planStranger } from './stranger.ts'
import { pathOf, type Stage, strike } from './strike.ts'
import { Traffic } from './traffic.ts'
import { VirtualClock } from './virtual-clock.ts'
import { Visits } from './visits.ts'
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
  /** All machines, those included that are not of the plan. */
  readonly everybody: Machine[]
  readonly #broadcasts: Broadcasts | undefined
  readonly #holding: Holding | undefined
  readonly #visits: Visits | undefined
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
    this.everybody = [...this.machines]
    this.traffic = new Traffic({
      ...this.#shared,
      machines: this.machines,
      isApart: (a, b) => this.people.isApart(a, b),
    })
    this.people = new People(this, this.traffic, this.report, this.log)
    for (const path of plan.paths) pathOf(this, path).change(path.conditions)
    if (plan.broadcasts.length > 0) this.#broadcasts = new Broadcasts(this)
    if (plan.onDemandIdleMs !== undefined) this.#holding = new Holding(this)
    if (plan.visits !== undefined) this.#visits = new Visits(this, plan.visits, this.#shared)
    if (this.#visits !== undefined) this.everybody.push(this.#visits.visitor)
    this.clock.settled = () => {
      for (const machine of this.everybody) machine.run?.settled()
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
    if (plan.clone !== undefined) planClone(this, plan.clone, this.#shared, (clone) => this.everybody.push(clone))
    if (plan.stranger !== undefined) this.everybody.push(planStranger(this, plan.stranger, this.#shared))
    for (const machine of machines) await this.#start(machine)
    if (plan.pairing === 'ticket') void this.#pairByTicket(machines[0]!.node!, machines[1]!.node!)
    for (const fault of plan.faults) clock.after(fault.atMs, () => this.#strike(fault))
    this.traffic.begin()
    this.#broadcasts?.begin()
    this.#holding?.begin()
    await this.#visits?.begin()
    const { ticker } = plan
    if (ticker !== undefined) watchRecovery(this, () => this.traffic.recordOf(ticker), this.report)
    for (const atMs of plan.checkpointsMs) watchPairs(this, atMs, this.people, this.report)
    this.#checkBoundsRegularly()
  }

  /** What is broadcast now must reach everybody whom it is meant for. */
  async checkBroadcasts(): Promise<void> {
    if (this.#broadcasts === undefined) return
    this.#broadcasts.calm()
    await this.clock.run(this.clock.now() + NEWS_MS)
    this.#broadcasts.check()
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

  /** Who is held on demand is not looked for without need, and in strict direction the lower side looks for the higher one alone. */
  readonly dials = (machine: Machine, other: Machine): boolean => {
    const { onDemandIdleMs, direction } = this.plan
    return onDemandIdleMs === undefined && (direction === 'graceful' || isLower(machine, other, this.plan))
  }

  checkBounds(): void {
    const { live } = this.traffic
    for (const machine of this.machines) {
      checkBounds(machine, live, this.plan, this.report)
      checkState(machine, (number) => this.people.isEstranged(machine.number, number), this)
    }
  }

  #pairInStores(): void {
    const { onDemandIdleMs } = this.plan
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
          ...(onDemandIdleMs !== undefined && { connectPolicy: 'on-demand', idleTimeoutMs: onDemandIdleMs }),
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
      parts: partsOf(number, this.plan),
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

  async #start(machine: Machine): Promise<void> {
    await this.traffic.start(machine)
    this.#broadcasts?.started(machine)
    this.#holding?.started(machine)
    this.#visits?.started(machine)
    if (this.plan.direction === 'strict') watchDirection(machine, this.machines, this.plan, this.report)
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
    if (fault.how === 'close') await new Promise<void>((resolve) => this.network.host(machine.host).soon(resolve))
    this.traffic.goesDown(fault)
    if (fault.how === 'close') await machine.close()
    else machine.crash(fault.how)
    this.log(`${machine.name} is down`)
    this.traffic.isDown(machine)
    await new Promise<void>((resolve) => this.clock.after(Math.max(0, fault.untilMs - this.clock.now()), resolve))
    await this.#start(machine)
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

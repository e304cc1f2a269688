import { crc32 } from 'node:zlib'
import type { Node } from '../../src/node/api.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { checkBounds, checkRest, checkState } from './bounds.ts'
import { Machine } from './machine.ts'
import type { Plan } from './plan.ts'
import type { Fault, Side } from './plan-faults.ts'
import type { StreamPlan } from './plan-streams.ts'
import { Random } from './random.ts'
import { StreamRecord } from './stream-record.ts'
import { pathOf, type Stage, strike } from './strike.ts'
import { VirtualClock } from './virtual-clock.ts'
import { watchRecovery } from './watch.ts'

const BOUNDS_EVERY_MS = 2_000
/** After a stream has failed with its session. */
const OPEN_AGAIN_MS = 200
const BYTES_EACH_WAY_MIN = 1_000_000

type Restart = Extract<Fault, { kind: 'restart' }>

/** Everything of one seed: two machines on a network, what befalls them, and what must hold nevertheless. */
export class World implements Stage {
  readonly plan: Plan
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly machines: readonly [Machine, Machine]
  readonly problems: string[] = []
  readonly #print: ((line: string) => void) | undefined
  readonly #records: StreamRecord[] = []
  readonly #byProtocol = new Map<string, StreamRecord>()
  /** Plans of streams whose opener is down. */
  #deferred: StreamPlan[] = []
  readonly #settled = new Set<StreamRecord>()
  /** The restart that the other node has not heard of yet: until then streams may belong to the session that it ends. */
  #restart: Restart | undefined
  #struck = 0
  #openPlans: number
  #hash = 0

  constructor(plan: Plan, print?: (line: string) => void) {
    this.plan = plan
    this.#print = print
    this.#openPlans = plan.streams.length
    const random = new Random(plan.seed, 2)
    this.network = new MemoryNetwork({
      clock: this.clock,
      random: () => random.float(),
      trace: (kind, channel, bytes) => {
        if (kind === 'dial') this.log(`dial ${channel}`)
        else this.#trace(`${kind} ${channel} ${bytes}`)
      },
    })
    this.machines = [this.#machine(0), this.#machine(1)]
    plan.paths.forEach((conditions, path) => pathOf(this, path).change(conditions))
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
    this.problems.push(problem)
  }

  readonly log = (line: string): void => {
    this.#trace(line)
    this.#print?.(`${(this.clock.now() / 1_000).toFixed(3).padStart(8)} ${line}`)
  }

  /** Pairs and starts the nodes, and puts what the plan holds on the calendar. */
  async begin(): Promise<void> {
    const [alice, bob] = this.machines
    if (this.plan.pairing === 'stored') this.#pairInStores()
    await this.#start(alice)
    await this.#start(bob)
    if (this.plan.pairing === 'ticket') void this.#pairByTicket(alice.node!, bob.node!)
    for (const fault of this.plan.faults) this.clock.after(fault.atMs, () => this.#strike(fault))
    for (const stream of this.plan.streams) this.clock.after(stream.openAtMs, () => this.#open(stream))
    const { ticker } = this.plan
    if (ticker !== undefined) watchRecovery(this, () => this.#records.find(({ plan }) => plan === ticker), this.report)
    this.#checkBoundsRegularly()
  }

  /** Every stream of the plan has come to its end. */
  get isDone(): boolean {
    return this.#openPlans === 0 && this.#records.every((record) => record.isOver)
  }

  /** What has not come to its end. */
  unfinished(): string[] {
    const records = this.#records.filter((record) => !record.isOver).map((record) => record.describe())
    return this.#deferred.length > 0 ? [...records, `${this.#deferred.length} streams could not be opened`] : records
  }

  /** Both nodes must be connected, by as many links as they want and no more. */
  checkStates(): void {
    for (const [at, machine] of this.machines.entries()) {
      const peer = machine.node?.peer(this.machines[at === 0 ? 1 : 0].id)
      if (peer?.state.kind !== 'connected') this.report(`${machine.name} is ${JSON.stringify(peer?.state)} in the end`)
      const links = peer?.links ?? []
      if (links.length === 0 || links.length > this.plan.linksWanted) {
        this.report(`${machine.name} has ${links.length} links in the end and wants ${this.plan.linksWanted}`)
      }
    }
  }

  /** All streams are over, so nothing may be left of them. */
  checkRest(): void {
    for (const machine of this.machines) checkRest(machine, this.report)
  }

  /** The scenario must have been worth its name. */
  checkVolume(): void {
    for (const side of [0, 1] as const) {
      const bytes = this.#records
        .filter((record) => record.isComplete)
        .reduce((sum, record) => sum + record.sentBy(side).oracle.read, 0)
      if (bytes < BYTES_EACH_WAY_MIN) this.report(`only ${bytes} bytes came from ${this.machines[side].name}`)
    }
  }

  checkBounds(): void {
    const live = this.#records.filter((record) => !record.isOver)
    for (const machine of this.machines) {
      checkBounds(machine, live, this.plan, this.report)
      checkState(machine, this.report)
    }
  }

  #pairInStores(): void {
    for (const [at, machine] of this.machines.entries()) {
      const other = this.machines[at === 0 ? 1 : 0]
      memoryStore(machine.disk).savePeer({
        id: other.id,
        name: other.name,
        pairedAtMs: this.clock.wallNow(),
        addresses: other.addresses,
        instanceStart: 0,
        lastSeenMs: undefined,
        keys: undefined,
        ...defaultChoices,
      })
    }
  }

  async #pairByTicket(alice: Node, bob: Node): Promise<void> {
    try {
      await bob.pair(await alice.ticket())
      this.log('paired')
      this.#openDeferred()
    } catch (error) {
      this.report(`the pairing failed: ${String(error)}`)
    }
  }

  #machine(side: Side): Machine {
    const { plan, clock, network, report, log } = this
    return new Machine({ side, plan, clock, network, report, log, closed: (record) => this.#settle(record) })
  }

  async #start(machine: Machine): Promise<void> {
    const protocols = this.#records.map(({ protocol }) => protocol)
    await machine.start((protocol) => this.#byProtocol.get(protocol), protocols)
  }

  #strike(fault: Fault): void {
    if (this.problems.length > 0) return
    this.#struck++
    this.log(`fault ${JSON.stringify(fault)}`)
    if (fault.kind === 'restart')
      void this.#restartNode(fault).catch((error: unknown) => this.report(`a restart failed: ${String(error)}`))
    else strike(this, fault)
  }

  async #restartNode(fault: Restart): Promise<void> {
    const machine = this.machines[fault.side]
    this.#restart = fault
    for (const record of this.#records) if (!record.isOver) this.#excuse(record, fault)
    if (fault.how === 'close') await machine.close()
    else machine.crash(fault.how)
    this.log(`${machine.name} is down`)
    this.#abandonPending(fault.side)
    await new Promise<void>((resolve) => this.clock.after(Math.max(0, fault.untilMs - this.clock.now()), resolve))
    const survivor = this.machines[fault.side === 0 ? 1 : 0]
    survivor.node?.peer(machine.id).once('session', () => {
      this.log(`${survivor.name} has a new session`)
      this.#restart = undefined
    })
    await this.#start(machine)
    this.log(`${machine.name} is up again`)
    this.#openDeferred()
  }

  /** Streams that the node was still waiting to open will never be. */
  #abandonPending(side: Side): void {
    for (const record of this.#records) {
      if (record.plan.opener === side && record.end(side) === 'none') record.setEnd(side, 'gone')
      this.#settle(record)
    }
  }

  #excuse(record: StreamRecord, { how }: Restart): void {
    for (const code of ['peer-restarted', 'peer-shut-down', 'node-closed']) record.excuses.add(code)
    // A node that is being closed takes no streams.
    if (how === 'close') record.excuses.add('stream-reset')
  }

  #open(plan: StreamPlan): void {
    const opener = this.machines[plan.opener]
    const other = this.machines[plan.opener === 0 ? 1 : 0]
    const isPaired = opener.node?.peers().some(({ id }) => id === other.id) === true
    if (!isPaired) {
      this.#deferred.push(plan)
      return
    }
    const record = new StreamRecord(this.#records.length + 1, plan, this.report)
    this.log(`${opener.name} opens stream ${record.number}`)
    this.#records.push(record)
    this.#byProtocol.set(record.protocol, record)
    if (this.plan.weather === 'outages') record.excuses.add('session-lost')
    if (this.#restart !== undefined) this.#excuse(record, this.#restart)
    other.handle(record.protocol)
    opener.open(record, other.id).catch((error: unknown) => {
      if (opener.node !== undefined) this.report(`stream ${record.number} could not be opened: ${String(error)}`)
      record.setEnd(plan.opener, 'gone')
      this.#settle(record)
    })
  }

  #openDeferred(): void {
    const deferred = this.#deferred
    this.#deferred = []
    for (const plan of deferred) this.#open(plan)
  }

  /** Looks whether a stream has come to its end; one that a restart took away is opened again. */
  #settle(record: StreamRecord): void {
    if (!record.isOver || this.#settled.has(record)) return
    this.#settled.add(record)
    this.log(`over: ${record.describe()}`)
    if (record.isComplete || record.resetCode !== undefined) this.#openPlans--
    else this.clock.after(OPEN_AGAIN_MS, () => this.#open(record.plan))
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

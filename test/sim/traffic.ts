import { HoldfastError } from '../../src/core/errors.ts'
import type { PeerState } from '../../src/core/peer/peer-machine.ts'
import { Disturbances } from './disturbances.ts'
import type { Machine } from './machine.ts'
import { neighboursOf } from './pairs.ts'
import type { Plan } from './plan.ts'
import type { PeerAction, Restart } from './plan-faults.ts'
import type { StreamPlan } from './plan-streams.ts'
import { StreamRecord } from './stream-record.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** After a stream has failed with its session. */
const OPEN_AGAIN_MS = 200

export interface TrafficOptions {
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly machines: readonly Machine[]
  readonly report: (problem: string) => void
  readonly log: (line: string) => void
  /** Somebody does not want the two to be connected. */
  readonly isApart: (one: number, other: number) => boolean
}

/** The streams of a plan: opened when they are due and their opener can, and again when a restart took them away. */
export class Traffic {
  readonly #options: TrafficOptions
  readonly #disturbances: Disturbances
  readonly #records: StreamRecord[] = []
  readonly #byProtocol = new Map<string, StreamRecord>()
  /** Plans of streams whose opener is down, stopped or not paired yet. */
  #deferred: StreamPlan[] = []
  readonly #settled = new Set<StreamRecord>()
  #openPlans: number
  #lastOverMs = 0

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#disturbances = new Disturbances(options.machines, options.isApart)
    this.#openPlans = options.plan.streams.length
  }

  begin(): void {
    const { plan, clock } = this.#options
    for (const stream of plan.streams) clock.after(stream.openAtMs, () => this.#open(stream))
  }

  /** Every stream of the plan has come to its end. */
  get isDone(): boolean {
    return this.#openPlans === 0 && this.#records.every((record) => record.isOver)
  }

  /** Streams that are not over. */
  get live(): StreamRecord[] {
    return this.#records.filter((record) => !record.isOver)
  }

  /** When the last stream was over; undefined while there is one that is not. */
  get quietSinceMs(): number | undefined {
    return this.#records.every((record) => record.isOver) ? this.#lastOverMs : undefined
  }

  /** What has not come to its end. */
  unfinished(): string[] {
    const records = this.live.map((record) => record.describe())
    return this.#deferred.length > 0 ? [...records, `${this.#deferred.length} streams could not be opened`] : records
  }

  /** The stream that was opened by this plan. */
  recordOf(plan: StreamPlan): StreamRecord | undefined {
    return this.#records.find((record) => record.plan === plan)
  }

  /** What came from a node on streams that ended in order. */
  bytesFrom(node: number): number {
    return this.#records
      .filter((record) => record.isComplete && record.isOf(node))
      .reduce((sum, record) => sum + record.sentBy(node).oracle.read, 0)
  }

  /** Starts a machine, with everything that it serves. */
  async start(machine: Machine): Promise<void> {
    const protocols = this.#records.filter((record) => record.isOf(machine.number)).map(({ protocol }) => protocol)
    await machine.start((protocol) => this.#byProtocol.get(protocol), protocols)
  }

  /** The node of `fault` goes down now. */
  goesDown({ node, how }: Restart): void {
    const codes = ['peer-restarted', 'peer-shut-down', 'node-closed']
    // A node that is being closed takes no streams.
    if (how === 'close') codes.push('stream-reset')
    for (const other of neighboursOf(this.#options.plan, node)) this.#endSession(node, other, codes)
  }

  /** Somebody is about to part two nodes. A session that is only paused goes on. */
  goesApart({ kind, node, peer }: PeerAction): void {
    if (kind === 'pause-peer') return
    this.#endSession(node, peer, ['peer-blocked', 'refused-by-peer', 'session-lost', 'unknown-peer'])
  }

  #endSession(one: number, other: number, codes: readonly string[]): void {
    const records = this.#records.filter(({ mayBeSeen }) => mayBeSeen)
    this.#disturbances.begins(one, other, codes, records)
  }

  /** Its streams that were still waiting to be opened will never be. */
  isDown({ number }: Machine): void {
    for (const record of this.#records) {
      if (record.plan.opener === number && record.end(number) === 'none') record.setEnd(number, 'gone')
      this.settle(record)
    }
  }

  /** A node is up, is continued or has been paired. */
  openDeferred(): void {
    const deferred = this.#deferred
    this.#deferred = []
    for (const plan of deferred) this.#open(plan)
  }

  /** Looks whether a stream has come to its end; one that a restart took away is opened again. */
  settle(record: StreamRecord): void {
    if (!record.isOver || this.#settled.has(record)) return
    this.#settled.add(record)
    this.#lastOverMs = this.#options.clock.now()
    this.#options.log(`over: ${record.describe()}`)
    if (record.isComplete || record.resetCode !== undefined) this.#openPlans--
    else this.#options.clock.after(OPEN_AGAIN_MS, () => this.#open(record.plan))
  }

  #open(plan: StreamPlan): void {
    const { machines, report, log } = this.#options
    const opener = machines[plan.opener]!
    const acceptor = machines[plan.acceptor]!
    const peer = opener.node?.peers().find(({ id }) => id === acceptor.id)
    if (!opener.isAwake || peer === undefined || this.#isAtRest(plan, peer.state)) {
      this.#deferred.push(plan)
      return
    }
    const record = new StreamRecord(this.#records.length + 1, plan, report)
    log(`${opener.name} opens stream ${record.number} to ${acceptor.name}`)
    this.#records.push(record)
    this.#byProtocol.set(record.protocol, record)
    if (this.#options.plan.weather === 'outages') record.excuses.add('session-lost')
    this.#disturbances.excuse(record)
    acceptor.handle(record.protocol)
    opener.open(record, acceptor.id).catch((error: unknown) => {
      const code = error instanceof HoldfastError ? error.code : undefined
      if (code === 'peer-paused' && this.#options.isApart(plan.opener, plan.acceptor)) record.excuses.add(code)
      const isExpected = record.resetCode !== undefined || (code !== undefined && record.excuses.has(code))
      if (opener.node !== undefined && !isExpected)
        report(`stream ${record.number} could not be opened: ${String(error)}`)
      record.setEnd(plan.opener, 'gone')
      this.settle(record)
    })
  }

  /** No stream can be opened to the peer. One that was blocked there may not have heard that this has ended, and finds out by asking. */
  #isAtRest({ opener, acceptor }: StreamPlan, state: PeerState): boolean {
    if (state.kind !== 'blocked') return state.kind === 'paused'
    return state.code !== 'blocked' || this.#options.isApart(opener, acceptor)
  }
}

import { HoldfastError } from '../../src/core/errors.ts'
import type { Peer } from '../../src/node/api.ts'
import type { NodeParts } from '../../src/node/create.ts'
import { RefusedError } from '../../src/node/errors.ts'
import { HoldfastNode } from '../../src/node/node.ts'
import { stallTolerantClock } from '../../src/node/timing/stall-tolerant-clock.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import { Consistency } from './consistency.ts'
import type { Endpoint } from './endpoint.ts'
import { LazyTicks } from './lazy-ticks.ts'
import type { Machine } from './machine.ts'
import { Mirror } from './mirror.ts'
import type { Report } from './oracle.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'
import { StallWatch } from './stall-watch.ts'
import type { NodeClock, VirtualClock } from './virtual-clock.ts'
import { WireWatch } from './wire-watch.ts'

/** Numbers of generators are kept apart by more than there are machines. */
const STRIDE = 32
/** Errors of a handshake that was broken off. */
const HANDSHAKE_CODES: ReadonlySet<string> = new Set(['handshake-failed', 'protocol-error', 'identity-in-use'])

export interface RunOptions {
  readonly machine: Machine
  readonly parts?: Partial<NodeParts> | undefined
  /** The number of this start of the machine, from 1. */
  readonly start: number
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly wallOffsetMs: number
  readonly report: Report
  readonly log: (line: string) => void
  /** A peer is connected. */
  readonly connected: () => void
  /** A handshake that this node began has failed, though there was a connection. */
  readonly failedToGreet: (peer: Peer, code: string) => void
}

/** What a machine runs from one start to the next: a node, its application, and everything that watches them. */
export class Run {
  readonly node: HoldfastNode
  /** The clock of the application, whose timers are not counted as the node's. */
  readonly applicationClock: NodeClock
  readonly random: Random
  readonly endpoints = new Set<Endpoint>()
  readonly wire: WireWatch
  readonly stalls: StallWatch
  readonly #options: RunOptions
  readonly #nodeClock: NodeClock
  readonly #stopTicking: () => void
  #mirror: Mirror | undefined
  #consistency: Consistency | undefined

  constructor(options: RunOptions) {
    const { machine, parts, start, plan, clock, network, wallOffsetMs, report } = options
    this.#options = options
    this.#nodeClock = clock.view()
    this.applicationClock = clock.view()
    for (const view of this.clocks) view.jumpWall(wallOffsetMs)
    const now = (): number => clock.now()
    // A machine beside those of the plan may have one path to each of these.
    const own = plan.paths.filter(({ ends }) => ends.includes(machine.identity)).length
    const paths = own > 0 ? own : plan.nodes * plan.interfaces
    this.wire = new WireWatch({ now, paths, isNetwork: plan.pairing === 'network', report })
    this.stalls = new StallWatch({
      now,
      report,
      pingedMs: ({ localAddress, address }) => this.wire.pingedMs(localAddress, address),
    })
    const random = new Random(plan.seed, 1_000 + 2 * STRIDE * start + machine.number)
    this.random = new Random(plan.seed, 1_000 + STRIDE * (2 * start + 1) + machine.number)
    const nodeClock = stallTolerantClock(new LazyTicks(this.#nodeClock))
    this.#stopTicking = nodeClock.stop
    const { budgetBytes, ...limits } = plan.limits
    this.node = new HoldfastNode({
      id: machine.id,
      name: machine.name,
      store: memoryStore(machine.disk),
      transports: [this.wire.over(network.transport(machine.host, machine.id))],
      listen: machine.addresses,
      clock: nodeClock,
      onStall: (callback) => nodeClock.onStall(callback),
      random: () => random.float(),
      randomBytes: (size) => random.bytes(size),
      limits: { ...limits, linksWanted: plan.linksWanted, multipath: plan.multipath, retentionMs: plan.retentionMs },
      memoryBudgetBytes: budgetBytes,
      direction: plan.direction,
      dialOrder: plan.dialOrder,
      ...parts,
    })
  }

  get clocks(): readonly NodeClock[] {
    return [this.#nodeClock, this.applicationClock]
  }

  /** Timers that the node has not cancelled. */
  get pendingTimers(): number {
    return this.#nodeClock.pendingTimers
  }

  /** What the node has not given back of its budget of memory. */
  get missingBudgetBytes(): number {
    return this.#options.plan.limits.budgetBytes - this.node.budget.freeBytes
  }

  async begin(): Promise<void> {
    await this.node.start()
    const { report, machine } = this.#options
    this.#mirror = new Mirror(this.node, {
      report,
      linkUp: (peer) => this.stalls.linkUp(peer),
      linkLost: (peer, link, reason) => this.stalls.linkLost(peer, link, reason),
    })
    this.#consistency = new Consistency(this.node, machine.disk, this.#mirror, report)
    for (const peer of this.node.peers()) this.#watch(peer)
    this.node.on('paired', (peer) => this.#watch(peer))
    this.node.on('peer:connected', () => this.#options.connected())
    this.#logEvents()
  }

  /** A moment is over: if anything happened in this node, everything that it shows must agree. */
  settled(): void {
    if (!this.#nodeClock.takeWasRead()) return
    this.stalls.settled()
    this.#consistency?.check()
  }

  /** Closes the node in order, and ends the application. */
  async close(): Promise<void> {
    await this.node.close()
    await this.#mirror?.ended
    this.#stopTicking()
    for (const endpoint of this.endpoints) endpoint.abandon()
    this.applicationClock.stop()
    const linksUp = this.#mirror?.linksUp ?? 0
    if (linksUp > 0) this.#options.report(`it is closed, and of ${linksUp} links was not told that they are lost`)
  }

  /** The process is gone without a word: it can do nothing any more. */
  abandon(): void {
    this.#consistency = undefined
    for (const clock of this.clocks) clock.stop()
    for (const endpoint of this.endpoints) endpoint.abandon()
  }

  #watch(peer: Peer): void {
    const { failedToGreet, log } = this.#options
    peer.on('dial:failed', (_, error) => {
      const code = codeOf(error)
      if (code !== undefined) failedToGreet(peer, code)
    })
    peer.on('state', ({ kind }) => kind === 'degraded' && log(`degraded towards ${peer.name}`))
  }

  #logEvents(): void {
    const { node } = this
    const { log } = this.#options
    node.on('link:up', (peer, link) => log(`link to ${peer.name} up, ${link.direction} ${link.address}`))
    node.on('link:lost', (peer, link, reason) =>
      log(`link to ${peer.name} lost, ${link.direction} ${link.address}: ${reason}`),
    )
    node.on('peer:connected', (peer) => log(`connected to ${peer.name}`))
    node.on('peer:disconnected', (peer, reason) => log(`disconnected from ${peer.name}: ${reason}`))
  }
}

/** Why a handshake above the transport failed; undefined if there was no connection. */
function codeOf(error: Error): string | undefined {
  const errors: unknown[] = error.cause instanceof AggregateError ? error.cause.errors : [error]
  for (const one of errors) {
    if (one instanceof RefusedError) return one.refusal
    if (one instanceof HoldfastError && HANDSHAKE_CODES.has(one.code)) return one.code
  }
  return undefined
}

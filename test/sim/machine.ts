import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { HoldfastStream, Node } from '../../src/node/api.ts'
import { createNode } from '../../src/node/create.ts'
import { HoldfastNode } from '../../src/node/node.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import type { MemoryNetwork } from '../../src/transport/memory.ts'
import { Endpoint } from './endpoint.ts'
import type { Plan } from './plan.ts'
import type { Side } from './plan-faults.ts'
import { Random } from './random.ts'
import type { StreamRecord } from './stream-record.ts'
import type { NodeClock, VirtualClock } from './virtual-clock.ts'

export interface MachineOptions {
  readonly side: Side
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly report: (problem: string) => void
  readonly log: (line: string) => void
  /** An end of a stream has closed. */
  readonly closed: (record: StreamRecord) => void
}

/** What a machine runs between two starts. */
interface Run {
  readonly node: Node
  /** The node's clock, and that of the application above it, whose timers are not counted as the node's. */
  readonly clocks: readonly [NodeClock, NodeClock]
  readonly random: Random
  readonly endpoints: Set<Endpoint>
}

/** A computer in the simulation: a disk that lasts, and a node with an application that come and go. */
export class Machine {
  readonly side: Side
  readonly name: string
  readonly id: PeerId
  readonly disk = new MemoryDisk()
  readonly #options: MachineOptions
  #run: Run | undefined
  #starts = 0
  #pausedClocks: readonly NodeClock[] = []
  #wallOffsetMs = 0
  #stopping = false

  constructor(options: MachineOptions) {
    this.#options = options
    this.side = options.side
    this.name = options.side === 0 ? 'alice' : 'bob'
    this.id = peerIdFromPublicKey(new Random(options.plan.seed, 10 + options.side).bytes(32))
  }

  /** Where it listens: one address for each path. */
  get addresses(): string[] {
    return this.#options.plan.paths.map((_, path) => `memory://${this.name}${interfaceOf(path, '.')}:1`)
  }

  get node(): Node | undefined {
    return this.#stopping ? undefined : this.#run?.node
  }

  get endpoints(): Endpoint[] {
    return [...(this.#run?.endpoints ?? [])]
  }

  /** Timers that the node has not cancelled. */
  get pendingTimers(): number {
    return this.#run?.clocks[0].pendingTimers ?? 0
  }

  /** What the node has not given back of its budget of memory. */
  get missingBudgetBytes(): number {
    const node = this.#run?.node
    return node instanceof HoldfastNode ? this.#options.plan.limits.budgetBytes - node.budget.freeBytes : 0
  }

  async start(accept: (protocol: string) => StreamRecord | undefined, protocols: readonly string[]): Promise<Node> {
    const { plan, clock, network } = this.#options
    const clocks = [clock.view(), clock.view()] as const
    for (const view of clocks) view.jumpWall(this.#wallOffsetMs)
    const random = new Random(plan.seed, 100 + 2 * this.#starts + this.side)
    this.#starts++
    const { budgetBytes, ...limits } = plan.limits
    const node = await createNode({
      id: this.id,
      name: this.name,
      store: memoryStore(this.disk),
      transports: [network.transport(this.name, this.id)],
      listen: this.addresses,
      clock: clocks[0],
      random: () => random.float(),
      randomBytes: (size) => random.bytes(size),
      limits: { ...limits, linksWanted: plan.linksWanted, retentionMs: plan.retentionMs },
      memoryBudgetBytes: budgetBytes,
    })
    this.#run = {
      node,
      clocks,
      random: new Random(plan.seed, 1_000 + 2 * this.#starts + this.side),
      endpoints: new Set(),
    }
    this.#stopping = false
    this.#accept = accept
    for (const protocol of protocols) this.handle(protocol)
    this.#logEvents(node)
    return node
  }

  #accept: (protocol: string) => StreamRecord | undefined = () => undefined

  /** Serves a stream of the plan, before it is opened. */
  handle(protocol: string): void {
    const run = this.#run
    run?.node.handle(protocol, (stream) => {
      const record = this.#accept(protocol)
      if (record === undefined || record.end(this.side) !== 'none') this.#options.report(`${protocol} was opened twice`)
      else this.#join(run, record, stream)
    })
  }

  /** Opens a stream of the plan as soon as the peer can be reached. */
  async open(record: StreamRecord, peer: PeerId): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    const stream = await run.node.peer(peer).openStream(record.protocol, { priority: record.plan.priority })
    this.#join(run, record, stream)
  }

  #join(run: Run, record: StreamRecord, stream: HoldfastStream): void {
    const { report, closed } = this.#options
    const endpoint = new Endpoint({
      record,
      side: this.side,
      stream,
      clock: run.clocks[1],
      random: run.random,
      report,
      closed: () => {
        run.endpoints.delete(endpoint)
        closed(record)
      },
    })
    run.endpoints.add(endpoint)
  }

  pause(): void {
    this.#pausedClocks = this.#run?.clocks ?? []
    for (const clock of this.#pausedClocks) clock.pause()
    this.#options.network.host(this.name).pause()
  }

  resume(): void {
    for (const clock of this.#pausedClocks) clock.resume()
    this.#options.network.host(this.name).resume()
  }

  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
    for (const clock of this.#run?.clocks ?? []) clock.jumpWall(byMs)
  }

  /** The process or the machine dies. */
  crash(how: 'fin' | 'reset' | 'silent'): void {
    this.#options.network.host(this.name).crash(how)
    this.#abandon()
  }

  /** The node is closed in order. */
  async close(): Promise<void> {
    const run = this.#run
    this.#stopping = true
    await run?.node.close()
    if (run !== this.#run) return
    for (const endpoint of this.endpoints) endpoint.abandon()
    run?.clocks[1].stop()
  }

  /** The old run can do nothing any more. */
  #abandon(): void {
    this.#stopping = true
    for (const clock of this.#run?.clocks ?? []) clock.stop()
    for (const endpoint of this.endpoints) endpoint.abandon()
  }

  #logEvents(node: Node): void {
    const log = (line: string): void => this.#options.log(`${this.name} ${line}`)
    node.on('link:up', (_, link) => log(`link up, ${link.direction} ${link.address}`))
    node.on('link:lost', (_, link, reason) => log(`link lost, ${link.direction} ${link.address}: ${reason}`))
    node.on('peer:connected', () => log('connected'))
    for (const peer of node.peers()) peer.on('state', ({ kind }) => kind === 'degraded' && log('degraded'))
    node.on('peer:disconnected', (_, reason) => log(`disconnected: ${reason}`))
  }
}

/** The name of the interface of a path, as part of an address or alone. */
export function interfaceOf(path: number, before = ''): string {
  return path === 0 ? '' : `${before}if${path}`
}

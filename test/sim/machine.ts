import { resetCodes } from '../../src/core/frame/constants.ts'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { HoldfastStream, Node } from '../../src/node/api.ts'
import type { NodeParts } from '../../src/node/create.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import type { MemoryDisk } from '../../src/store/memory.ts'
import type { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import { Endpoint } from './endpoint.ts'
import { unexpectedFailure } from './mesh-check.ts'
import { hostOf, placesOf } from './places.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'
import { Run } from './run.ts'
import type { StreamRecord } from './stream-record.ts'
import type { NodeClock, VirtualClock } from './virtual-clock.ts'

export interface MachineOptions {
  readonly number: number
  readonly name: string
  /** Differs from the number for a machine that runs the identity of another one. */
  readonly identity: number
  readonly disk: MemoryDisk
  /** What its node is made of beyond what the plan says for all. */
  readonly parts?: Partial<NodeParts>
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly report: (problem: string) => void
  readonly log: (line: string) => void
  /** A peer is connected to it. */
  readonly connected: () => void
  /** An end of a stream has closed. */
  readonly closed: (record: StreamRecord) => void
}

/** A computer in the simulation: a disk that lasts, and a node with an application that come and go. */
export class Machine {
  readonly number: number
  /** The number of the machine whose identity it has: its own, but for a clone. */
  readonly identity: number
  readonly name: string
  readonly id: PeerId
  readonly disk: MemoryDisk
  readonly #options: MachineOptions
  #run: Run | undefined
  #starts = 0
  #pausedClocks: readonly NodeClock[] = []
  #isPaused = false
  #wallOffsetMs = 0
  #stopping = false

  constructor(options: MachineOptions) {
    this.#options = options
    this.number = options.number
    this.identity = options.identity
    this.name = options.name
    this.disk = options.disk
    this.id = peerIdFromPublicKey(new Random(options.plan.seed, 10 + options.identity).bytes(32))
  }

  /** What the network calls it. */
  get host(): string {
    return hostOf(this.number, this.name, this.#options.plan)
  }

  /** Where it listens: one address for each interface. */
  get addresses(): string[] {
    return placesOf(this.host, this.#options.plan)
  }

  /** The node, while it is up. */
  get node(): HoldfastNode | undefined {
    return this.#stopping ? undefined : this.#run?.node
  }

  /** Its process runs. */
  get isAwake(): boolean {
    return !this.#isPaused
  }

  /** What it runs, or ran last. */
  get run(): Run | undefined {
    return this.#run
  }

  get endpoints(): Endpoint[] {
    return [...(this.#run?.endpoints ?? [])]
  }

  async start(accept: (protocol: string) => StreamRecord | undefined, protocols: readonly string[]): Promise<Node> {
    const { plan, clock, network, report, log } = this.#options
    this.#starts++
    const run = new Run({
      machine: this,
      parts: this.#options.parts,
      start: this.#starts,
      plan,
      clock,
      network,
      wallOffsetMs: this.#wallOffsetMs,
      report: (problem) => report(`${this.name}: ${problem}`),
      log: (line) => log(`${this.name} ${line}`),
      connected: this.#options.connected,
      failedToGreet: (peer, code) => {
        log(`${this.name} failed to greet ${peer.name}: ${code}`)
        const why = this.identity !== this.number ? undefined : unexpectedFailure(plan, clock.now(), peer, code)
        if (why !== undefined) report(`${this.name} failed to greet ${peer.name}, ${code}: ${why}`)
      },
    })
    await run.begin()
    this.#run = run
    this.#stopping = false
    this.#accept = accept
    for (const protocol of protocols) this.handle(protocol)
    return run.node
  }

  #accept: (protocol: string) => StreamRecord | undefined = () => undefined

  /** Serves a stream of the plan, before it is opened. */
  handle(protocol: string): void {
    const run = this.#run
    run?.node.handle(protocol, (stream) => {
      const record = this.#accept(protocol)
      if (record === undefined || record.end(this.number) !== 'none')
        this.#options.report(`${protocol} was opened twice`)
      else this.#join(run, record, stream)
    })
  }

  /** Opens a stream of the plan as soon as the peer can be reached. Rejects if it is aborted before that. */
  async open(record: StreamRecord, peer: PeerId): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    const { priority, abortAtMs } = record.plan
    const controller = new AbortController()
    const opened: { endpoint?: Endpoint } = {}
    if (abortAtMs !== undefined) {
      run.applicationClock.after(Math.max(0, abortAtMs - this.#options.clock.now()), () => {
        if (opened.endpoint === undefined) record.resetCode = resetCodes.aborted
        else opened.endpoint.aborting()
        controller.abort()
      })
    }
    const stream = await run.node.peer(peer).openStream(record.protocol, { priority, signal: controller.signal })
    opened.endpoint = this.#join(run, record, stream)
  }

  #join(run: Run, record: StreamRecord, stream: HoldfastStream): Endpoint {
    const { report, closed } = this.#options
    const endpoint = new Endpoint({
      record,
      node: this.number,
      stream,
      clock: run.applicationClock,
      random: run.random,
      report,
      closed: () => {
        run.endpoints.delete(endpoint)
        closed(record)
      },
    })
    run.endpoints.add(endpoint)
    return endpoint
  }

  pause(): void {
    this.#isPaused = true
    this.#run?.stalls.paused(this.#run.node.peers())
    this.#pausedClocks = this.#run?.clocks ?? []
    for (const clock of this.#pausedClocks) clock.pause()
    this.#options.network.host(this.host).pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#run?.stalls.resumed()
    for (const clock of this.#pausedClocks) clock.resume()
    this.#options.network.host(this.host).resume()
  }

  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
    for (const clock of this.#run?.clocks ?? []) clock.jumpWall(byMs)
  }

  /** The process or the machine dies. */
  crash(how: 'fin' | 'reset' | 'silent'): void {
    this.#options.network.host(this.host).crash(how)
    this.#stopping = true
    this.#isPaused = false
    this.#run?.abandon()
  }

  /** The node is closed in order. */
  async close(): Promise<void> {
    const run = this.#run
    this.#stopping = true
    await run?.close()
  }
}

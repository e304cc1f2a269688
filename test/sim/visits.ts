import { PeerRestartedError } from '../../src/core/errors.ts'
import type { HoldfastStream, Node } from '../../src/node/api.ts'
import { RefusedError } from '../../src/node/errors.ts'
import { MemoryDisk } from '../../src/store/memory.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { contentOf, firstDifference } from './pattern.ts'
import type { VisitsPlan } from './plan.ts'
import type { Run } from './run.ts'
import type { Stage } from './strike.ts'

export const VISIT_PROTOCOL = 'sim/visit'
/** Streams of a plan and broadcasts have lower tags. */
const FIRST_TAG = 2_000_000
/** A visit, with what is said in it, takes no longer where nothing is in its way. */
const VISIT_MS = 15_000
/** Beyond the idle timeout: until the channel is closed as well. */
const LETTING_GO_MS = 5_000
/** Guests that have been gone for long enough are forgotten at the next sweep. */
const SWEEP_MS = 30_000

const LOOK_EVERY_MS = 500

/** What a visitor shares with the other machines. */
type Shared = Omit<MachineOptions, 'number' | 'name' | 'identity' | 'disk'>

/** A machine that is nobody's peer and comes as a guest, now and then. */
export class Visits {
  readonly #stage: Stage
  readonly #plan: VisitsPlan
  readonly #shared: Shared
  readonly #host: Machine
  readonly visitor: Machine
  /** Visits that have begun and not ended. */
  #begun = 0
  /** The streams of the guest that the host serves. */
  #served = new Set<HoldfastStream>()
  /** Since when the host is up and awake, and nobody is visiting. */
  #quietSinceMs = 0
  /** When the host was last not up or not awake. */
  #awayMs = -Infinity
  /** The run of the host that the visitor met last. */
  #metRun: Run | undefined

  constructor(stage: Stage, plan: VisitsPlan, shared: Shared) {
    this.#stage = stage
    this.#plan = plan
    this.#shared = shared
    this.#host = stage.machines[plan.host]!
    const number = stage.plan.nodes + 2
    this.visitor = new Machine({ ...shared, number, name: 'victor', identity: number, disk: new MemoryDisk() })
  }

  async begin(): Promise<void> {
    const { clock } = this.#stage
    await this.visitor.start(() => undefined, [])
    for (const [index, { atMs, bytes }] of this.#plan.calls.entries())
      clock.after(atMs, () => void this.#visit(index, bytes))
    this.#look()
  }

  /** A machine is up. */
  started(machine: Machine): void {
    if (machine !== this.#host) return
    const served = new Set<HoldfastStream>()
    this.#served = served
    machine.node?.handle(VISIT_PROTOCOL, (stream) => {
      served.add(stream)
      stream.on('error', ignore).on('close', () => {
        served.delete(stream)
        this.#quietSinceMs = this.#stage.clock.now()
      })
      stream.pipe(stream)
    })
    machine.node?.on('link:lost', ({ id }, _, reason) => {
      if (id === this.visitor.id && reason === 'idle' && served.size > 0)
        this.#shared.report(`${machine.name} let go of a guest for being idle, with ${served.size} streams open`)
    })
  }

  async #visit(index: number, bytes: number): Promise<void> {
    const { clock } = this.#stage
    const { report, log } = this.#shared
    const host = this.#host
    const limit = new AbortController()
    const beganMs = clock.now()
    const { run } = host
    // Looked at now as well: between two looks the host may wake up.
    if (host.node === undefined || !host.isAwake) this.#awayMs = beganMs
    const timer = clock.after(VISIT_MS, () => limit.abort(new Error(`It took longer than ${VISIT_MS} ms`)))
    this.#begun++
    try {
      const peer = await this.visitor.node!.connectAsGuest(host.id, host.addresses, { signal: limit.signal })
      if (!this.#plan.isAdmitted) report(`${host.name} has let in a guest, and admits none`)
      const stream = await peer.openStream(VISIT_PROTOCOL, { signal: limit.signal })
      const content = contentOf(FIRST_TAG + index, 0, bytes)
      stream.end(content)
      const answer = Buffer.concat(await stream.toArray())
      if (answer.length !== bytes || firstDifference(FIRST_TAG + index, 0, answer) >= 0)
        report(`a guest of ${host.name} got another answer than what it said`)
      this.#metRun = run
      log(`a guest of ${host.name} had ${bytes} bytes echoed`)
    } catch (error) {
      const isRefused = error instanceof RefusedError && error.refusal === 'not-paired'
      const isDisturbed = this.#awayMs >= beganMs || host.run !== run || host.node === undefined || !host.isAwake
      // The stream was opened in the session with an earlier run, of whose end the visitor had not heard.
      const isOfEarlierRun = error instanceof PeerRestartedError && this.#metRun !== run
      if (!isDisturbed && !isOfEarlierRun && !(isRefused && !this.#plan.isAdmitted))
        report(`a visit at ${host.name} failed: ${String(error)}`)
    } finally {
      timer.cancel()
      this.#begun--
      this.#quietSinceMs = clock.now()
    }
  }

  #look(): void {
    const { clock, plan } = this.#stage
    const { node, isAwake } = this.#host
    if (node === undefined || !isAwake) this.#awayMs = clock.now()
    if (node === undefined || !isAwake || this.#begun > 0 || this.#served.size > 0) this.#quietSinceMs = clock.now()
    else this.#checkGuest(node, clock.now() - this.#quietSinceMs)
    if (clock.now() < plan.endAtMs) clock.after(LOOK_EVERY_MS, () => this.#look())
  }

  #checkGuest(node: Node, quietMs: number): void {
    const guest = node.peers().find(({ id }) => id === this.visitor.id)
    if (guest === undefined) return
    const { idleTimeoutMs, isAdmitted } = this.#plan
    const wrong = (problem: string): void => this.#shared.report(`${node.name} ${problem}`)
    if (guest.relation !== 'guest' || !isAdmitted) wrong(`takes a visitor for a peer that is ${guest.relation}`)
    if (guest.links.length > 0 && quietMs > idleTimeoutMs + LETTING_GO_MS)
      wrong(`holds a guest who has had no stream for ${quietMs} ms`)
    if (quietMs > 2 * idleTimeoutMs + LETTING_GO_MS + SWEEP_MS)
      wrong(`knows a guest who has had no stream for ${quietMs} ms`)
  }
}

function ignore(): void {
  // The guest sees how its stream ended.
}

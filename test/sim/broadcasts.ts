import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Machine } from './machine.ts'
import { neighboursOf } from './pairs.ts'
import { contentOf, firstDifference } from './pattern.ts'
import type { BroadcastPlan, Plan } from './plan.ts'
import type { Run } from './run.ts'
import type { VirtualClock } from './virtual-clock.ts'

const PROTOCOL = 'sim/news'
/** In front of the content: the number of the message. */
const NUMBER_BYTES = 4
/** Streams of a plan have lower tags. */
const FIRST_TAG = 1_000_000
/** A message is given up after 30 s; until then it is on its way. */
export const NEWS_MS = 31_000

export interface BroadcastsOptions {
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly machines: readonly Machine[]
  readonly report: (problem: string) => void
}

interface Message {
  readonly plan: BroadcastPlan
  readonly origin: PeerId
  /** To whom the sender itself sent it. */
  readonly sentTo: ReadonlySet<PeerId>
  /** How often each has got it, from one start to the next. */
  readonly got: Map<Run, number>
}

/** What nodes broadcast, and who gets it: nobody twice, only those that it is meant for, and in calm all of these. */
export class Broadcasts {
  readonly #options: BroadcastsOptions
  readonly #messages: Message[] = []
  #calm: readonly Message[] = []

  constructor(options: BroadcastsOptions) {
    this.#options = options
  }

  begin(): void {
    const { plan, clock } = this.#options
    for (const broadcast of plan.broadcasts) clock.after(broadcast.atMs, () => this.#send(broadcast))
  }

  /** A machine is up. */
  started(machine: Machine): void {
    const { node, run } = machine
    node?.onBroadcast(PROTOCOL, (bytes, { from, origin }) => this.#take(machine, run!, bytes, from.id, origin))
  }

  /** Nothing strikes any more and all streams are over: each node says something, which must have come after `NEWS_MS`. */
  calm(): void {
    const { plan, clock, machines } = this.#options
    const all = machines.map(({ number }, at): BroadcastPlan => {
      const { hops, bytes } = plan.broadcasts[at % plan.broadcasts.length]!
      return { atMs: clock.now(), node: number, hops, bytes }
    })
    this.#calm = all.flatMap((broadcast) => this.#send(broadcast) ?? [])
  }

  /** What was said in the calm must have come. */
  check(): void {
    const { machines, report } = this.#options
    for (const { plan, got } of this.#calm) {
      const reached = this.#within(plan.node, plan.hops)
      for (const { name, number, run } of machines) {
        const count = got.get(run!) ?? 0
        const expected = number !== plan.node && reached.has(number) ? 1 : 0
        if (count !== expected)
          report(`${name} got what ${machines[plan.node]!.name} broadcast in calm ${count} times and not ${expected}`)
      }
    }
  }

  #send(plan: BroadcastPlan): Message | undefined {
    const { machines, report } = this.#options
    const { node, isAwake, id, name } = machines[plan.node]!
    if (node === undefined || !isAwake) return undefined
    const number = this.#messages.length
    const content = Buffer.alloc(NUMBER_BYTES + plan.bytes)
    content.writeUInt32BE(number)
    contentOf(FIRST_TAG + number, 0, plan.bytes).copy(content, NUMBER_BYTES)
    const connected = new Set(
      node
        .connectedPeers()
        .filter(({ relation }) => relation !== 'guest')
        .map((peer) => peer.id),
    )
    const { sentTo, skipped } = node.broadcast(PROTOCOL, content, { hops: plan.hops })
    if (sentTo.length + skipped.length !== connected.size || ![...sentTo, ...skipped].every((to) => connected.has(to)))
      report(`${name} broadcast to ${sentTo.length + skipped.length} of ${connected.size} connected peers`)
    const message = { plan, origin: id, sentTo: new Set(sentTo), got: new Map<Run, number>() }
    this.#messages.push(message)
    return message
  }

  #take(machine: Machine, run: Run, bytes: Uint8Array, from: PeerId, origin: PeerId): void {
    const { report } = this.#options
    const message = this.#messages[Buffer.from(bytes).readUInt32BE(0)]
    if (message === undefined) return report(`${machine.name} got a message that nobody sent`)
    const { plan, sentTo, got } = message
    const content = bytes.subarray(NUMBER_BYTES)
    const tag = FIRST_TAG + this.#messages.indexOf(message)
    if (content.length !== plan.bytes || firstDifference(tag, 0, content) >= 0)
      report(`${machine.name} got a message that is not as it was sent`)
    if (origin !== message.origin) report(`${machine.name} was told a wrong origin`)
    if (machine.id === origin) report(`${machine.name} got its own message`)
    if (plan.hops === 1 && (from !== origin || !sentTo.has(machine.id)))
      report(`${machine.name} got a message of one hop that was not sent to it`)
    const count = (got.get(run) ?? 0) + 1
    got.set(run, count)
    if (count > 1) report(`${machine.name} got a message ${count} times`)
  }

  /** The nodes that are so many links away at most, when all pairs are connected. */
  #within(node: number, hops: number): Set<number> {
    const reached = new Set([node])
    let edge = [node]
    for (let hop = 0; hop < hops && edge.length > 0; hop++) {
      edge = [...new Set(edge.flatMap((one) => neighboursOf(this.#options.plan, one)))].filter(
        (one) => !reached.has(one),
      )
      for (const one of edge) reached.add(one)
    }
    return reached
  }
}

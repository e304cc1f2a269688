import { Party, type PartyLink, type PartyOptions } from './party.ts'
import { Wire, type WireOptions } from './wire.ts'

/** Picks which of `count` things that could happen now happens first. */
export type Choice = (count: number) => number

const STEPS_MAX = 200_000

/**
 * Two parties and the wires between them, in virtual time: each step is one message that arrives, or else one deadline. What is due at the same
 * moment comes in the order that `choose` says.
 */
export class Duo {
  readonly a: Party
  readonly b: Party
  readonly wires: Wire[] = []
  nowMs = 0
  steps = 0
  choose: Choice = () => 0
  /** Called after each step; invariants are checked there. */
  checked: () => void = () => undefined

  constructor(a: Partial<PartyOptions> = {}, b: Partial<PartyOptions> = {}) {
    this.a = new Party({ isLower: true, ...a })
    this.b = new Party({ isLower: false, ...b })
  }

  get parties(): readonly [Party, Party] {
    return [this.a, this.b]
  }

  /** `by` begins to dial the other one; returns the wire. */
  dial(by: Party, options: Partial<WireOptions> & { rank?: number } = {}): Wire {
    const wire = new Wire(options)
    this.#now(this.nowMs)
    const other = by === this.a ? this.b : this.a
    other.listen(wire, options.rank)
    if (by.dial(wire, options.rank) !== undefined) this.wires.push(wire)
    return wire
  }

  /** Dials, and waits until both sides have the link. */
  connect(by: Party, options: Partial<WireOptions> & { rank?: number } = {}): Wire {
    const wire = this.dial(by, options)
    const link = wire.back.to as PartyLink
    this.runUntil(() => link.sessionLink !== undefined)
    return wire
  }

  /** Lets `forMs` pass. */
  run(forMs: number): void {
    const untilMs = this.nowMs + forMs
    this.#loop(untilMs, () => false)
    this.#now(untilMs)
    this.#flush()
  }

  /** Lets time pass until `done`; throws after an hour. */
  runUntil(done: () => boolean): void {
    if (!this.#loop(this.nowMs + 3_600_000, done)) throw new Error('It did not come to pass within an hour')
  }

  #loop(untilMs: number, done: () => boolean): boolean {
    for (;;) {
      this.#flush()
      this.checked()
      if (done()) return true
      if (!this.#step(untilMs)) return false
      if (++this.steps > STEPS_MAX) throw new Error(`At ${this.nowMs} ms it goes on without end`)
    }
  }

  #step(untilMs: number): boolean {
    const lanes = this.wires.flatMap((wire) => wire.lanes)
    const arrivalMs = Math.min(Infinity, ...lanes.map((lane) => lane.nextMs))
    const deadlineMs = Math.min(this.a.nextDeadlineMs, this.b.nextDeadlineMs)
    const nextMs = Math.max(this.nowMs, Math.min(arrivalMs, deadlineMs))
    if (nextMs > untilMs) return false
    this.#now(nextMs)
    const due = lanes.filter((lane) => lane.nextMs <= nextMs)
    if (due.length > 0) due[this.choose(due.length)]!.deliver(nextMs)
    else for (const party of this.parties) if (party.nextDeadlineMs <= nextMs) party.advance()
    return true
  }

  #now(nowMs: number): void {
    this.nowMs = nowMs
    for (const party of this.parties) party.nowMs = nowMs
  }

  #flush(): void {
    for (const party of this.parties) party.flush()
  }
}

import { names } from './names.ts'
import { DirectionOracle, type Report } from './oracle.ts'
import type { DirectionPlan, StreamPlan } from './plan-streams.ts'

/** What is known of one end: it has not come, lives, has closed, or went down with its node. */
type End = 'none' | 'open' | 'closed' | 'gone'

/** One stream of the simulation, seen from both ends. */
export class StreamRecord {
  readonly number: number
  readonly plan: StreamPlan
  /** The codes of errors that the scenario has caused, so that this stream may end with one of them. */
  readonly excuses = new Set<string>()
  /** The code with which an application has reset it. */
  resetCode: number | undefined
  /** Of the opener, and of the other node. */
  readonly #ends: [End, End] = ['none', 'none']
  readonly #directions: readonly [DirectionOracle, DirectionOracle]

  constructor(number: number, plan: StreamPlan, report: Report) {
    this.number = number
    this.plan = plan
    this.#directions = [
      new DirectionOracle(2 * number, `stream ${number}, from its opener`, report),
      new DirectionOracle(2 * number + 1, `stream ${number}, to its opener`, report),
    ]
  }

  get protocol(): string {
    return `sim/${this.number}`
  }

  get directions(): readonly DirectionOracle[] {
    return this.#directions
  }

  /** Whether `node` is one of its two. */
  isOf(node: number): boolean {
    return this.plan.opener === node || this.plan.acceptor === node
  }

  /** What `node` sends on it. */
  sentBy(node: number): { readonly plan: DirectionPlan; readonly oracle: DirectionOracle } {
    return this.#direction(this.#end(node))
  }

  /** What `node` gets on it. */
  receivedBy(node: number): { readonly plan: DirectionPlan; readonly oracle: DirectionOracle } {
    return this.#direction(this.#end(node) === 0 ? 1 : 0)
  }

  end(node: number): End {
    return this.#ends[this.#end(node)]
  }

  setEnd(node: number, end: End): void {
    this.#ends[this.#end(node)] = end
  }

  /** Every byte arrived both ways. */
  get isComplete(): boolean {
    return this.#directions[0].isComplete && this.#directions[1].isComplete
  }

  /** Nothing more will come of it. A stream that failed early may never have reached the other side. */
  get isOver(): boolean {
    const over = (end: End): boolean => end === 'closed' || end === 'gone'
    const [opener, acceptor] = this.#ends
    return over(opener) && (over(acceptor) || (acceptor === 'none' && this.mayFail))
  }

  /** One end lives, or may still come: that of a side which slept while the stream was opened and given up, when it wakes. */
  get mayBeSeen(): boolean {
    return this.#ends.some((end) => end === 'open' || end === 'none')
  }

  get mayFail(): boolean {
    return this.resetCode !== undefined || this.excuses.size > 0
  }

  #direction(index: 0 | 1): { readonly plan: DirectionPlan; readonly oracle: DirectionOracle } {
    return { plan: index === 0 ? this.plan.there : this.plan.back, oracle: this.#directions[index] }
  }

  #end(node: number): 0 | 1 {
    return node === this.plan.opener ? 0 : 1
  }

  describe(): string {
    const [there, back] = this.#directions
    const progress = (oracle: DirectionOracle, plan: DirectionPlan): string =>
      `${oracle.read}/${plan.bytes}${oracle.isComplete ? ' and the end' : ''}`
    const ends = `${names[this.plan.opener]} ${this.#ends[0]}, ${names[this.plan.acceptor]} ${this.#ends[1]}`
    return `stream ${this.number} (${ends}): ${progress(there, this.plan.there)}, ${progress(back, this.plan.back)}`
  }
}

import { DirectionOracle, type Report } from './oracle.ts'
import type { Side } from './plan-faults.ts'
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

  /** What `side` sends on it. */
  sentBy(side: Side): { readonly plan: DirectionPlan; readonly oracle: DirectionOracle } {
    const isOpener = side === this.plan.opener
    return { plan: isOpener ? this.plan.there : this.plan.back, oracle: this.#directions[isOpener ? 0 : 1] }
  }

  end(side: Side): End {
    return this.#ends[side]
  }

  setEnd(side: Side, end: End): void {
    this.#ends[side] = end
  }

  /** Every byte arrived both ways. */
  get isComplete(): boolean {
    return this.#directions[0].isComplete && this.#directions[1].isComplete
  }

  /** Nothing more will come of it. A stream that failed early may never have reached the other side. */
  get isOver(): boolean {
    const over = (end: End): boolean => end === 'closed' || end === 'gone'
    const { opener } = this.plan
    const other = this.#ends[opener === 0 ? 1 : 0]
    return over(this.#ends[opener]) && (over(other) || (other === 'none' && this.mayFail))
  }

  get mayFail(): boolean {
    return this.resetCode !== undefined || this.excuses.size > 0
  }

  describe(): string {
    const [there, back] = this.#directions
    const progress = (oracle: DirectionOracle, plan: DirectionPlan): string =>
      `${oracle.read}/${plan.bytes}${oracle.isComplete ? ' and the end' : ''}`
    return `stream ${this.number} (${this.#ends.join(', ')}): ${progress(there, this.plan.there)}, ${progress(back, this.plan.back)}`
  }
}

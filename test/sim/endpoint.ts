import { HoldfastError } from '../../src/core/errors.ts'
import { resetCodes } from '../../src/core/frame/constants.ts'
import type { HoldfastStream } from '../../src/node/api.ts'
import { StreamResetError } from '../../src/node/link/stream.ts'
import { names } from './names.ts'
import type { DirectionOracle, Report } from './oracle.ts'
import type { DirectionPlan } from './plan-streams.ts'
import type { Random } from './random.ts'
import { Reader } from './reader.ts'
import type { StreamRecord } from './stream-record.ts'
import type { NodeClock } from './virtual-clock.ts'
import { Writer } from './writer.ts'

export interface EndpointOptions {
  readonly record: StreamRecord
  /** The number of the node that this end is at. */
  readonly node: number
  readonly stream: HoldfastStream
  readonly clock: NodeClock
  readonly random: Random
  readonly report: Report
  /** It has closed. */
  readonly closed: () => void
}

/** The application at one end of a stream: writes, reads, resets by plan, and judges how the stream ends. */
export class Endpoint {
  readonly record: StreamRecord
  readonly stream: HoldfastStream
  readonly #options: EndpointOptions
  readonly #sent: { readonly plan: DirectionPlan; readonly oracle: DirectionOracle }
  readonly #received: { readonly plan: DirectionPlan; readonly oracle: DirectionOracle }
  readonly #writer: Writer
  readonly #reader: Reader
  #error: Error | undefined
  #finished = false
  #hasReset = false
  #abandoned = false

  constructor(options: EndpointOptions) {
    const { record, node, stream, clock, random } = options
    this.#options = options
    this.record = record
    this.stream = stream
    this.#sent = record.sentBy(node)
    this.#received = record.receivedBy(node)
    record.setEnd(node, 'open')
    stream.on('error', (error) => {
      this.#error = error
    })
    stream.on('finish', () => {
      this.#finished = true
    })
    stream.on('close', () => this.#closed())
    const progress = (): void => this.#resetIfDue()
    this.#reader = new Reader(stream, this.#received.plan.reader, this.#received.oracle, clock, progress)
    this.#writer = new Writer(stream, this.#sent.plan, this.#sent.oracle, clock, random, progress)
    progress()
  }

  hold(untilMs: number): void {
    this.#reader.hold(untilMs)
  }

  /** The application is about to abort the stream by its signal. */
  aborting(): void {
    if (!this.#hasReset && !this.stream.destroyed) this.#giveUp(resetCodes.aborted)
  }

  /** Its node is gone without a word. */
  abandon(): void {
    this.#abandoned = true
    this.#stop()
    if (this.record.end(this.#options.node) === 'open') this.record.setEnd(this.#options.node, 'gone')
  }

  #resetIfDue(): void {
    if (this.#hasReset || this.stream.destroyed) return
    const code =
      dueReset(this.#sent.plan, 'writer', this.#sent.oracle.written) ??
      dueReset(this.#received.plan, 'reader', this.#received.oracle.read)
    if (code === undefined) return
    this.#giveUp(code)
    this.stream.reset(code)
  }

  #giveUp(code: number): void {
    this.#hasReset = true
    this.record.resetCode = code
    this.#sent.oracle.writerGaveUp()
    this.#stop()
  }

  #stop(): void {
    this.#writer.stop()
    this.#reader.stop()
  }

  #closed(): void {
    if (this.#abandoned) return
    this.#stop()
    const problem = this.#judge()
    const { node, report, closed } = this.#options
    if (problem !== undefined) report(`${this.record.describe()}: at ${names[node]} ${problem}`)
    this.record.setEnd(node, 'closed')
    closed()
  }

  /** What is wrong with how the stream ended here. */
  #judge(): string | undefined {
    const error = this.#error
    if (this.#hasReset) return undefined
    if (error === undefined) {
      if (this.#finished && this.#received.oracle.isComplete) return undefined
      return `it closed without a word, ${this.#finished ? 'finished' : 'not finished'}`
    }
    if (!(error instanceof HoldfastError)) return `it failed with an error without a name: ${error.stack}`
    if (this.record.excuses.has(error.code)) return undefined
    if (error instanceof StreamResetError && error.resetCode === this.record.resetCode) return undefined
    return `it failed for no reason with ${error.code}: ${error.message}`
  }
}

function dueReset({ ending }: DirectionPlan, by: 'writer' | 'reader', bytes: number): number | undefined {
  return ending.kind === 'reset' && ending.by === by && bytes >= ending.afterBytes ? ending.code : undefined
}

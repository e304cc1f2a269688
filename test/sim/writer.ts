import type { HoldfastStream } from '../../src/node/api.ts'
import type { DirectionOracle } from './oracle.ts'
import { contentOf, PIECE_BYTES_MAX } from './pattern.ts'
import type { Burst, DirectionPlan } from './plan-streams.ts'
import type { Random } from './random.ts'
import type { NodeClock } from './virtual-clock.ts'

/** Of a burst of tiny writes so much is tiny. */
const TINY_BYTES = 2_048

/** Writes one direction of a stream in the bursts of its plan, held back as Node's streams ask, and ends it. */
export class Writer {
  readonly #stream: HoldfastStream
  readonly #plan: DirectionPlan
  readonly #oracle: DirectionOracle
  readonly #clock: NodeClock
  readonly #random: Random
  readonly #progress: () => void
  readonly #bursts: Burst[]
  readonly #array: Buffer | undefined
  /** What may be written now. */
  #allowed = 0
  #inBurst = 0
  #waiting = false
  #stopped = false

  /** `progress` is called after each write. */
  constructor(
    stream: HoldfastStream,
    plan: DirectionPlan,
    oracle: DirectionOracle,
    clock: NodeClock,
    random: Random,
    progress: () => void,
  ) {
    this.#stream = stream
    this.#plan = plan
    this.#oracle = oracle
    this.#clock = clock
    this.#random = random
    this.#progress = progress
    this.#bursts = [...plan.bursts]
    if (plan.reusesArray) this.#array = Buffer.alloc(PIECE_BYTES_MAX / 4)
    this.#next()
  }

  stop(): void {
    this.#stopped = true
  }

  /** The longest that a write of this plan is. */
  get #bytesMax(): number {
    switch (this.#plan.writes) {
      case 'tiny':
        return this.#inBurst < TINY_BYTES ? 64 : 65_536
      case 'mixed':
        return 65_536
      case 'large':
        return 262_144
    }
  }

  #next(): void {
    const burst = this.#bursts.shift()
    if (burst === undefined) return
    this.#clock.after(Math.max(0, burst.atMs - this.#clock.now()), () => {
      this.#allowed += burst.bytes
      this.#inBurst = 0
      this.#next()
      this.#write()
    })
  }

  #write(): void {
    while (this.#allowed > 0 && !this.#waiting && !this.#ceased) this.#writePiece()
    if (this.#allowed > 0 || this.#waiting || this.#bursts.length > 0 || this.#ceased) return
    if (this.#oracle.written < this.#plan.bytes) return
    this.#oracle.writerEnded()
    this.#stopped = true
    this.#stream.end()
  }

  #writePiece(): void {
    const min = this.#plan.writes === 'large' ? 65_537 : 1
    const size = Math.min(this.#allowed, this.#random.logBetween(min, this.#bytesMax))
    const content = contentOf(this.#oracle.tag, this.#oracle.written, size)
    this.#oracle.wrote(content)
    this.#allowed -= size
    this.#inBurst += size
    if (this.#array === undefined) this.#writeOnce(content)
    else this.#writeAgain(content, this.#array)
    this.#progress()
  }

  #writeOnce(content: Buffer): void {
    const free = this.#stream.write(content, (error) => {
      if (!error) this.#oracle.accepted(content.length)
    })
    if (free) return
    this.#waiting = true
    this.#stream.once('drain', () => this.#goOn())
  }

  /** The callback says that the stream has its own copy, so this array can hold something else then. */
  #writeAgain(content: Buffer, array: Buffer): void {
    const piece = array.subarray(0, content.length)
    content.copy(piece)
    this.#waiting = true
    this.#stream.write(piece, (error) => {
      if (error) return
      this.#oracle.accepted(content.length)
      piece.fill(0xee)
      this.#goOn()
    })
  }

  #goOn(): void {
    this.#waiting = false
    this.#write()
  }

  get #ceased(): boolean {
    return this.#stopped || this.#stream.destroyed
  }
}

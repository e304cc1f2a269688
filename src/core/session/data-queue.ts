import { PRIORITIES } from '../frame/constants.ts'
import type { SessionStream } from './stream.ts'

/** Streams that have data to send: lower priorities first, equal ones in turns. */
export class DataQueue {
  /** By priority; none while nothing has data to send. */
  #turns: (SessionStream[] | undefined)[] | undefined
  #size = 0

  get isEmpty(): boolean {
    return this.#size === 0
  }

  get size(): number {
    return this.#size
  }

  /** Puts a stream at the end of its turn, unless it waits already. */
  add(stream: SessionStream): void {
    if (stream.queued) return
    stream.queued = true
    this.#size++
    this.#turns ??= new Array<SessionStream[] | undefined>(PRIORITIES)
    const turn = this.#turns[stream.priority]
    if (turn === undefined) this.#turns[stream.priority] = [stream]
    else turn.push(stream)
  }

  /** The stream whose turn it is; it leaves the queue. */
  take(): SessionStream | undefined {
    if (this.#turns === undefined) return undefined
    for (const turn of this.#turns) {
      const stream = turn?.shift()
      if (stream === undefined) continue
      stream.queued = false
      if (--this.#size === 0) this.#turns = undefined
      return stream
    }
    return undefined
  }
}

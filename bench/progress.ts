import type { ContestantName } from './contestant.ts'
import type { Sample } from './measure.ts'
import type { Outcome } from './rounds.ts'

/** Where the output is no terminal, what is going on is said no more often than this. */
const LINE_MS = 15_000

/** What is going on, for people who wait: one line that changes on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #output: NodeJS.WriteStream
  #shownMs = -Infinity

  constructor(output: NodeJS.WriteStream) {
    this.#output = output
  }

  show(text: string): void {
    if (this.#output.isTTY) {
      this.#output.write(`\r\x1b[K${text}`)
      return
    }
    const nowMs = performance.now()
    if (nowMs < this.#shownMs + LINE_MS) return
    this.#shownMs = nowMs
    this.#output.write(`${text}\n`)
  }

  /** A step is done or begins; a line that stays. */
  say(text: string): void {
    this.#output.write(`${this.#output.isTTY ? '\r\x1b[K' : ''}${text}\n`)
  }

  done(name: string, outcomes: ReadonlyMap<ContestantName, Outcome<Sample>>, tookMs: number): void {
    const failures = [...outcomes].flatMap(([contestant, { failure }]) =>
      failure === undefined ? [] : [`${contestant}: ${failure}`],
    )
    const text = failures.length === 0 ? '' : `, but not by all: ${failures.join('; ')}`
    this.say(`${name}: done in ${Math.round(tookMs / 1_000)} s${text}`)
  }
}

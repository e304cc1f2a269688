import type { ContestantName } from './contestant.ts'
import type { Sample } from './measure.ts'
import type { Outcome } from './rounds.ts'

/** What is going on, for people who wait: one line that changes on a terminal, a line for each measure elsewhere. */
export class Progress {
  readonly #output: NodeJS.WriteStream

  constructor(output: NodeJS.WriteStream) {
    this.#output = output
  }

  show(text: string): void {
    if (this.#output.isTTY) this.#output.write(`\r\x1b[K${text}`)
  }

  /** A step is done or begins; a line that stays. */
  say(text: string): void {
    this.#output.write(`${this.#output.isTTY ? '\r\x1b[K' : ''}${text}\n`)
  }

  done(name: string, outcomes: ReadonlyMap<ContestantName, Outcome<Sample>>): void {
    const failures = [...outcomes].flatMap(([contestant, { failure }]) =>
      failure === undefined ? [] : [`${contestant}: ${failure}`],
    )
    const text = failures.length === 0 ? 'done' : `done, but not by all: ${failures.join('; ')}`
    this.say(`${name}: ${text}`)
  }
}

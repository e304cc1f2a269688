import type { Lab } from './lab/lab.ts'

/** What a scenario measured, by name; durations end in `Ms`. */
export type Measures = Readonly<Record<string, number | string>>

/** One test: it builds machines in its lab, lets the network fail, and throws if what it saw is not what was promised. */
export interface Scenario {
  /** A word for the command line and for scripts. */
  readonly id: string
  /** What is shown, with the rows of the product that it belongs to. */
  readonly behaviour: string
  /** It takes no longer if all is well. */
  readonly secondsMax: number
  /** What it measures takes so little time that others would spoil it. Default: no. */
  readonly alone?: boolean
  run(lab: Lab): Promise<Measures>
}

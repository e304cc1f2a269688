import type { ContestantName } from '../contestant.ts'
import type { Children } from '../process.ts'

/** An option of a scenario; all of them are numbers. */
export interface ScenarioOption {
  /** By default. */
  readonly value: number
  readonly least: number
  readonly about: string
  /** Fractions are allowed. */
  readonly fraction?: boolean
}

/** What a scenario works with. */
export interface Stage {
  readonly children: Children
  /** This process and its children have a network of their own, in which packets can be dropped and bytes counted. */
  readonly hasOwnNetwork: boolean
  /** `nft` is there, and its rules touch nobody else. */
  readonly canDrop: boolean
  has(name: ContestantName): boolean
  progress(text: string): void
}

/** A benchmark with an own subcommand: one situation, played through, and what became of it. */
export interface Scenario<Name extends string = string> {
  /** A line for the list of subcommands. */
  readonly about: string
  /** What is done and what the numbers are; for the subcommand's help. */
  readonly details: string
  readonly options: Readonly<Record<Name, ScenarioOption>>
  /** Who has to be installed for it. */
  readonly against?: readonly ContestantName[]
  /** It makes several machines, by network namespaces, and cannot run without the right to. */
  readonly machines?: boolean
  /** The result for people, instead of a line for each of its numbers. */
  report?(result: object): string
  /** The result, as `--json` prints it. */
  run(options: Readonly<Record<Name, number>>, stage: Stage): Promise<object>
}

/** Keeps the names of the options apart from other text. */
export function scenario<Name extends string>(made: Scenario<Name>): Scenario {
  return made
}

import type { Lab } from '../../test/net/lab/lab.ts'
import type { Criteria } from './criteria.ts'
import type { MachinePlace } from './machine.ts'

const MINUTE_MS = 60_000

/** What a part of the bench works with. */
export interface Part extends MachinePlace {
  readonly lab: Lab
  readonly criteria: Criteria
  readonly durations: Durations
  readonly progress: (text: string) => void
}

/** How long the long ones take. */
export interface Durations {
  /** The four nodes are left alone for so long: 30 min. */
  readonly stableMs: number
  /** The chat is silent for so long: 10 min. */
  readonly silenceMs: number
  /** Health checks run for so long: 5 min. */
  readonly checksMs: number
  /** Attempts to reach an absent member are counted for so long: 1 min. */
  readonly absenceMs: number
  /** By how much the intervals of keep-alive are shortened: 1 in full. */
  readonly scale: number
}

export function durationsOf(minutes: number): Durations {
  return {
    stableMs: minutes * MINUTE_MS,
    silenceMs: Math.min(minutes, 10) * MINUTE_MS,
    checksMs: Math.min(minutes, 5) * MINUTE_MS,
    absenceMs: Math.min(minutes / 2, 1) * MINUTE_MS,
    scale: Math.min(minutes / 5, 1),
  }
}

/** A time of keep-alive, shortened to whole seconds, one at least. */
export function scaledSeconds(seconds: number, { scale }: Durations): number {
  return Math.max(1, Math.round(seconds * scale))
}

import type { Snapshot } from './snapshot.ts'

/** One value of a metric, with its labels. */
export interface Sample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** A metric: its name and unit by Prometheus' conventions, and how it is read. */
export interface Definition {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly labels?: readonly string[]
  read(snapshot: Snapshot): readonly Sample[]
}

/** A metric without labels. */
export function single(
  name: string,
  type: Definition['type'],
  help: string,
  read: (snapshot: Snapshot) => number,
): Definition {
  return { name, type, help, read: (snapshot) => [{ value: read(snapshot) }] }
}

import type { Bench } from './client.ts'

export const MEASURES = ['bulk', 'roundTrip', 'request', 'dial', 'recovery', 'idleMemory', 'streams100'] as const
export type MeasureName = (typeof MEASURES)[number]

/** What one contestant did in one round. */
export interface Sample {
  /** In the measure's unit. */
  readonly value: number
  /** Recovery only: a bare TLS handshake on the same way, in milliseconds; plain TLS alone has one. */
  readonly handshakeMs?: number
}

/** A promise of product.md, about a number that is formed round by round. */
export interface Promised {
  readonly about: 'ratio' | 'difference' | 'handshakes'
  readonly bound: 'at least' | 'at most'
  readonly limit: number
}

/** One thing to measure. `start` and what it returns run in the client's process, everything else is for main. */
export interface Measure {
  readonly name: MeasureName
  /** For people; ends with the unit. */
  readonly label: string
  readonly unit: string
  /** What plain TLS does here, where it is not the same as the others. */
  readonly note?: string
  readonly promise?: Promised
  /** Never more rounds than this. */
  readonly roundsMax?: number
  /** Each round in processes of its own. */
  readonly freshEachRound?: boolean
  /** The client dials through a proxy that can reset the connection. */
  readonly proxied?: boolean
  /** What a contestant's turn takes on a machine with two cores, preparation included; only for the first estimate of how long a run takes. */
  readonly turnMs: number
  /** How long one round, or the preparation, may take. */
  readonly limitMs: number
  /** Prepares the pair; what it returns runs one round. */
  start(bench: Bench): Promise<() => Promise<Sample>>
}

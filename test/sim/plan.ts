import type { DialOrder, Direction } from '../../src/core/dial/direction.ts'
import type { SessionLimits } from '../../src/core/session/limits.ts'
import type { NetworkConditions } from '../../src/testing/memory-transport/memory-conditions.ts'
import type { Fault } from './plan-faults.ts'
import type { StreamPlan } from './plan-streams.ts'

/**
 * Of two nodes: `storm`: faults strike at any time, several at once. `spaced`: one at a time, so that recovery from each can be timed.
 * `outages`: a storm, and outages longer than a session is kept, so that sessions are lost.
 * Of more: `mesh`: what strikes nodes and many paths, each with time to recover. `mesh-storm`: that, and a storm.
 */
export type Weather = 'storm' | 'spaced' | 'outages' | 'mesh' | 'mesh-storm'

/** What nodes there are and how they are joined. */
export interface Layout {
  readonly nodes: number
  /** How many interfaces each node has. */
  readonly interfaces: number
  /** For each pair of nodes that are paired, one path for each interface. */
  readonly paths: readonly PathPlan[]
}

export interface PathPlan {
  readonly ends: readonly [number, number]
  readonly interface: number
  readonly conditions: NetworkConditions
}

/** What a seed stands for: everything that happens from outside, drawn before anything runs. */
export interface Plan extends Layout, Company {
  readonly seed: number
  readonly weather: Weather
  readonly linksWanted: number
  readonly multipath: SessionLimits['multipath']
  /** How long a session without a link is kept. */
  readonly retentionMs: number
  readonly limits: LimitsPlan
  readonly streams: readonly StreamPlan[]
  /** Of these, the one that shows whether bytes move. */
  readonly ticker: StreamPlan | undefined
  readonly faults: readonly Fault[]
  readonly clone: ClonePlan | undefined
  /** When every pair must be connected, as it wants to be and no more. */
  readonly checkpointsMs: readonly number[]
  /** What must come from each node on streams that end in order. */
  readonly bytesMin: number
  /** When the last fault is over and the last byte was given to its stream. */
  readonly calmAtMs: number
  /** How long the simulation lasts at least. */
  readonly endAtMs: number
  /** By when everything must have arrived, after calm has returned. */
  readonly patienceMs: number
}

/** What nodes are to each other, and who comes beside them. */
export interface Company {
  /** `ticket` is for two nodes alone. `network`: nobody is paired, but all know the network's secret and all addresses. */
  readonly pairing: 'stored' | 'ticket' | 'network'
  readonly direction: Direction
  readonly dialOrder: DialOrder
  /** Peers are held on demand, and let go of after so long without a stream; undefined: they are held always. */
  readonly onDemandIdleMs: number | undefined
  readonly broadcasts: readonly BroadcastPlan[]
  readonly visits: VisitsPlan | undefined
  readonly stranger: StrangerPlan | undefined
}

export interface BroadcastPlan {
  readonly atMs: number
  readonly node: number
  readonly hops: number
  readonly bytes: number
}

/** A guest comes to a node that admits anyone, or that does not, has a few bytes echoed, and stays away again. */
export interface VisitsPlan {
  readonly host: number
  readonly isAdmitted: boolean
  /** How long the host keeps the link of a guest without a stream. */
  readonly idleTimeoutMs: number
  readonly calls: readonly { readonly atMs: number; readonly bytes: number }[]
}

/** A machine that knows the addresses of the network, and another secret. */
export interface StrangerPlan {
  readonly atMs: number
  readonly untilMs: number
}

/**
 * A second machine with the identity of one, from a copy of its disk. It says that it started before the one that is known, or in the same second,
 * so that its peers can tell that it is not the one that they know after a restart.
 */
export interface ClonePlan {
  readonly of: number
  readonly atMs: number
  readonly untilMs: number
  readonly start: 'older' | 'equal'
}

/** The bounds of memory: narrow ones are met sooner. */
export interface LimitsPlan {
  readonly unacknowledgedBytes: number
  readonly unacknowledgedBytesMax: number
  readonly streamWindowBytesMax: number
  readonly sessionWindowBytesMax: number
  /** What all sessions of a node may grow to beyond their first limits. */
  readonly budgetBytes: number
}

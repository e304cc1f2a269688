// What a scenario and its agents tell each other over Node's IPC channel. Times are those of `now()`, one clock for all processes.
import type { LinkInfo, LossReason, PeerState } from '../../../src/index.ts'

/** A command of `Commands`, by name. */
export interface Call {
  readonly call: number
  readonly name: string
  readonly args: readonly unknown[]
}

export type Reply =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: string }

/** What happened at an agent. `peer` is the peer's name. */
export type AgentEvent = { readonly atMs: number; readonly peer: string } & (
  | { readonly type: 'state'; readonly state: PeerState }
  | { readonly type: 'link:up'; readonly link: LinkInfo }
  | { readonly type: 'link:lost'; readonly link: LinkInfo; readonly reason: LossReason }
  | { readonly type: 'session' }
  | { readonly type: 'dial:failed'; readonly code: string; readonly message: string }
  /** Nothing arrived on a stream from `fromMs` until now. */
  | { readonly type: 'gap'; readonly stream: StreamSide; readonly fromMs: number }
  | { readonly type: 'failed'; readonly stream: StreamSide; readonly code: string }
)

/** The side that opened a stream and sends the pattern, or the one that sends it back. */
export type StreamSide = 'flow' | 'echo'

/** How it stands with one side of a stream. */
export interface StreamReport {
  /** Written by the flow; by the echo, so many as it received. */
  readonly sent: number
  readonly received: number
  /** The first offset at which another byte came than belongs there. */
  readonly wrongAt?: number | undefined
  /** Both directions have ended in order. */
  readonly ended: boolean
  /** The code of the error that the stream failed with. */
  readonly failed?: string | undefined
}

export type FromAgent = Reply | { readonly event: AgentEvent }

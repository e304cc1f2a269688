// What the library reports to whoever subscribes (docs/tracing.md), by `node:diagnostics_channel`. Without subscribers each place costs one look at a flag.
import { channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { PeerId } from '../../identity/peer-id.ts'
import type { NodeEvent } from './events.ts'

/** The message of the channel `holdfast:event`. */
export interface EventReport {
  /** The node that it is about. */
  readonly node: PeerId
  readonly event: NodeEvent
}

/** The context of the tracing channel `holdfast:dial`: an address is dialed, up to the end of the handshake. */
export interface DialReport {
  readonly node: PeerId
  readonly peer: PeerId
  readonly address: string
}

/**
 * The context of the tracing channels `holdfast:open-stream`, from the call until the stream is there, with all waiting for the peer; and `holdfast:serve-stream`, a
 * call of a handler for a stream that a peer opened.
 */
export interface StreamReport {
  readonly node: PeerId
  readonly peer: PeerId
  readonly protocol: string
}

const events = channel('holdfast:event')
const dials = tracingChannel<DialReport>('holdfast:dial')
const opens = tracingChannel<StreamReport>('holdfast:open-stream')
const serves = tracingChannel<StreamReport>('holdfast:serve-stream')

export function reportEvent(node: PeerId, event: NodeEvent): void {
  if (!events.hasSubscribers) return
  const report: EventReport = { node, event }
  events.publish(report)
}

export function traceDial<T>(report: DialReport, work: () => Promise<T>): Promise<T> {
  return trace(dials, report, work)
}

export function traceOpen<T>(report: StreamReport, work: () => Promise<T>): Promise<T> {
  return trace(opens, report, work)
}

export function traceServe<T>(report: StreamReport, work: () => Promise<T>): Promise<T> {
  return trace(serves, report, work)
}

function trace<Report extends object, T>(
  traced: TracingChannel<Report>,
  report: Report,
  work: () => Promise<T>,
): Promise<T> {
  return traced.hasSubscribers ? traced.tracePromise(work, report) : work()
}

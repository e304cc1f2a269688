import { RemotePeer } from '../../src/node/peer.ts'
import type { Machine } from './machine.ts'
import type { Plan } from './plan.ts'
import type { StreamRecord } from './stream-record.ts'

/** What a stream of Node may hold beyond its marks: one piece towards the reader, and one write from the writer. */
const PIECE_BYTES_MAX = 65_536
const WRITE_BYTES_MAX = 262_144
/** The most that readers of the plans raise their mark to: Node doubles it until a `read` fits. */
const READABLE_BYTES_MAX = 131_072 + PIECE_BYTES_MAX

/** Checks that what stands in memory stays within the limits that the nodes were given. */
export function checkBounds(
  machine: Machine,
  live: readonly StreamRecord[],
  plan: Plan,
  report: (problem: string) => void,
): void {
  const { name, side } = machine
  const atMost = (what: string, bytes: number, bytesMax: number): void => {
    if (bytes > bytesMax) report(`${name}: ${what}: ${bytes} bytes, more than ${bytesMax}`)
  }
  const { limits } = plan
  for (const { stream, record } of machine.endpoints) {
    // When a session ends, what a stream has received completely is handed over to its reader, whatever its pace.
    const handedOver = record.mayFail ? limits.streamWindowBytesMax : 0
    atMost(
      `stream ${record.number} waits to be read`,
      stream.readableLength,
      stream.readableHighWaterMark + PIECE_BYTES_MAX + handedOver,
    )
    atMost(
      `stream ${record.number} waits to be written`,
      stream.writableLength,
      stream.writableHighWaterMark + WRITE_BYTES_MAX,
    )
  }
  let onTheirWay = 0
  for (const record of live) {
    const bytes = record.sentBy(side).oracle.acceptedAndUnread
    onTheirWay += bytes
    if (!record.mayFail)
      atMost(`stream ${record.number} is on its way`, bytes, limits.streamWindowBytesMax + READABLE_BYTES_MAX)
  }
  if (live.every((record) => !record.mayFail)) {
    atMost('on their way', onTheirWay, limits.sessionWindowBytesMax + live.length * READABLE_BYTES_MAX)
  }
  for (const peer of machine.node?.peers() ?? []) {
    const session = peer instanceof RemotePeer ? peer.driver?.session : undefined
    atMost('unacknowledged', session?.unacknowledgedBytes ?? 0, limits.unacknowledgedBytesMax)
  }
}

/** Checks that nothing stands in memory once all streams are over. */
export function checkRest(machine: Machine, report: (problem: string) => void): void {
  for (const peer of machine.node?.peers() ?? []) {
    const session = peer instanceof RemotePeer ? peer.driver?.session : undefined
    if (session === undefined) continue
    if (session.streamCount > 0) report(`${machine.name} keeps ${session.streamCount} streams that are over`)
    if (session.unacknowledgedBytes > 0) {
      report(`${machine.name} keeps ${session.unacknowledgedBytes} bytes unacknowledged`)
    }
  }
}

/** Checks that the state which a node tells of its peers agrees with its links, and that it never gives up. */
export function checkState(machine: Machine, report: (problem: string) => void): void {
  for (const { state, links } of machine.node?.peers() ?? []) {
    const isConnected = state.kind === 'connected' || state.kind === 'degraded'
    if (isConnected !== links.length > 0) {
      report(`${machine.name} says that its peer is ${state.kind}, and has ${links.length} links`)
    }
    if (state.kind === 'blocked' || state.kind === 'paused') report(`${machine.name} gave its peer up: ${state.kind}`)
    if (state.kind === 'disconnected' && state.nextAttempt === undefined) {
      report(`${machine.name} is disconnected and plans no attempt`)
    }
  }
}

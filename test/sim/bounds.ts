import { RemotePeer } from '../../src/node/peer/peer.ts'
import type { Machine } from './machine.ts'
import { neighboursOf } from './pairs.ts'
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
  const { name } = machine
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
  const own = live.filter((record) => record.isOf(machine.number))
  for (const record of own) {
    if (!record.mayFail)
      atMost(
        `stream ${record.number} is on its way`,
        onTheWay(record, machine),
        limits.streamWindowBytesMax + READABLE_BYTES_MAX,
      )
  }
  for (const neighbour of neighboursOf(plan, machine.number)) {
    const records = own.filter((record) => record.isOf(neighbour))
    if (records.some((record) => record.mayFail)) continue
    const bytes = records.reduce((sum, record) => sum + onTheWay(record, machine), 0)
    atMost('on their way', bytes, limits.sessionWindowBytesMax + records.length * READABLE_BYTES_MAX)
  }
  for (const peer of machine.node?.peers() ?? []) {
    const session = peer instanceof RemotePeer ? peer.driver?.session : undefined
    atMost('unacknowledged', session?.unacknowledgedBytes ?? 0, limits.unacknowledgedBytesMax)
  }
}

function onTheWay(record: StreamRecord, machine: Machine): number {
  return record.sentBy(machine.number).oracle.acceptedAndUnread
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

/** Checks that a node gives nobody up, but for those of whom a person has decided otherwise. */
export function checkState(
  machine: Machine,
  isEstranged: (peer: number) => boolean,
  {
    machines,
    dials,
    report,
  }: {
    readonly machines: readonly Machine[]
    /** The first of the two has to look for the other. */
    readonly dials: (machine: Machine, other: Machine) => boolean
    readonly report: (problem: string) => void
  },
): void {
  for (const { id, name, state } of machine.node?.peers() ?? []) {
    const other = machines.find((candidate) => candidate.id === id)
    if (other === undefined || isEstranged(other.number)) continue
    if (state.kind === 'blocked' || state.kind === 'paused') report(`${machine.name} gave ${name} up: ${state.kind}`)
    if (state.kind === 'disconnected' && state.nextAttempt === undefined && dials(machine, other)) {
      report(`${machine.name} is disconnected from ${name} and plans no attempt`)
    }
  }
}

import { describeEvent, type Node, type NodeEvent } from '../index.ts'
import type { EventLog, NewDaemonEvent } from './event-log.ts'

/** Writes into the log what happens to the node from now on. Resolves when the node is closed. */
export async function followNode(node: Node, log: EventLog): Promise<void> {
  for await (const event of node.events()) log.append(daemonEvent(event))
}

function daemonEvent(event: NodeEvent): NewDaemonEvent {
  const { type, atMs } = event
  return { type, atMs, text: describeEvent(event), peer: 'peer' in event ? event.peer : null, data: dataOf(event) }
}

/** What stands beside these in the event. It is plain data; what is not known is `null`, never missing. */
function dataOf(event: NodeEvent): Record<string, unknown> {
  const placed = ['type', 'atMs', 'peer', 'sequence']
  const data = Object.fromEntries(Object.entries(event).filter(([key]) => !placed.includes(key)))
  const text = JSON.stringify(data, (_key, value: unknown) => (value === undefined ? null : value))
  return JSON.parse(text) as Record<string, unknown>
}

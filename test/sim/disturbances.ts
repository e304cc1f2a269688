import { RemotePeer } from '../../src/node/peer.ts'
import type { Machine } from './machine.ts'
import type { Restart } from './plan-faults.ts'
import type { StreamRecord } from './stream-record.ts'

/** Pairs of which one node or the other restarts: until both know of it, streams may belong to the session that it ends. */
export class Disturbances {
  readonly #machines: readonly Machine[]
  /** The codes with which streams may fail, by pair. */
  readonly #codes = new Map<string, ReadonlySet<string>>()

  constructor(machines: readonly Machine[]) {
    this.#machines = machines
  }

  /** The node of `fault` goes down now. `records` are the streams that are open. */
  begins({ node, how }: Restart, records: readonly StreamRecord[]): void {
    const codes = ['peer-restarted', 'peer-shut-down', 'node-closed']
    // A node that is being closed takes no streams.
    if (how === 'close') codes.push('stream-reset')
    for (const machine of this.#machines) {
      if (machine.number === node) continue
      const key = keyOf(node, machine.number)
      this.#codes.set(key, new Set([...(this.#codes.get(key) ?? []), ...codes]))
    }
    for (const record of records) {
      if (record.isOf(node)) for (const code of codes) record.excuses.add(code)
    }
  }

  /** A stream is opened. */
  excuse(record: StreamRecord): void {
    const { opener, acceptor } = record.plan
    const key = keyOf(opener, acceptor)
    if (!this.#codes.has(key)) return
    const [one, other] = [this.#machines[opener]!, this.#machines[acceptor]!]
    // Both are up, and each has met the run that the other is in.
    if (knows(one, other) && knows(other, one)) this.#codes.delete(key)
    else for (const code of this.#codes.get(key)!) record.excuses.add(code)
  }
}

function knows({ node }: Machine, other: Machine): boolean {
  if (node === undefined || other.node === undefined) return false
  const peer = node.peers().find(({ id }) => id === other.id)
  return peer instanceof RemotePeer && peer.file.instanceStart === other.node.instance.start
}

function keyOf(one: number, other: number): string {
  return `${Math.min(one, other)} ${Math.max(one, other)}`
}

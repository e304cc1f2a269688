import { RemotePeer } from '../../src/node/peer/peer.ts'
import type { Machine } from './machine.ts'
import type { StreamRecord } from './stream-record.ts'

/** Pairs whose session was ended from outside: until both have the next one, streams may belong to the one that has ended. */
export class Disturbances {
  readonly #machines: readonly Machine[]
  readonly #isApart: (one: number, other: number) => boolean
  /** The codes with which streams may fail, by pair. */
  readonly #codes = new Map<string, ReadonlySet<string>>()

  constructor(machines: readonly Machine[], isApart: (one: number, other: number) => boolean) {
    this.#machines = machines
    this.#isApart = isApart
  }

  /** What ends the session of a pair is about to happen. `records` are the streams that are open, or may still show at one side. */
  begins(one: number, other: number, codes: readonly string[], records: readonly StreamRecord[]): void {
    const key = keyOf(one, other)
    this.#codes.set(key, new Set([...(this.#codes.get(key) ?? []), ...codes]))
    for (const record of records) {
      if (record.isOf(one) && record.isOf(other)) for (const code of codes) record.excuses.add(code)
    }
  }

  /** A stream is opened. */
  excuse(record: StreamRecord): void {
    const { opener, acceptor } = record.plan
    const key = keyOf(opener, acceptor)
    if (!this.#codes.has(key)) return
    if (this.#isOver(opener, acceptor)) this.#codes.delete(key)
    else for (const code of this.#codes.get(key)!) record.excuses.add(code)
  }

  /** Each has met the run that the other is in, nobody keeps them apart, and both have a link that is the other's as well. */
  #isOver(one: number, other: number): boolean {
    if (this.#isApart(one, other)) return false
    const [there, back] = [peerAt(this.#machines, one, other), peerAt(this.#machines, other, one)]
    if (there === undefined || back === undefined) return false
    if (there.file.instanceStart !== this.#machines[other]!.node?.instance.start) return false
    if (back.file.instanceStart !== this.#machines[one]!.node?.instance.start) return false
    const links = new Set(there.links.map(({ id }) => id))
    return back.links.some(({ id }) => links.has(id))
  }
}

function peerAt(machines: readonly Machine[], at: number, of: number): RemotePeer | undefined {
  const { id } = machines[of]!
  const peer = machines[at]!.node?.peers().find((other) => other.id === id)
  return peer instanceof RemotePeer ? peer : undefined
}

function keyOf(one: number, other: number): string {
  return `${Math.min(one, other)} ${Math.max(one, other)}`
}

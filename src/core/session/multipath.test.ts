import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, firstDifference } from '../../../test/hostile/content.ts'
import { Duo } from '../../../test/hostile/duo.ts'
import type { Party } from '../../../test/hostile/party.ts'
import type { Reader } from '../../../test/hostile/reader.ts'
import { frameTypes } from '../frame/constants.ts'
import { FRAME_OVERHEAD_BYTES, type SessionLimits } from './limits.ts'
import type { SessionLink } from './link.ts'

const aggregate: Partial<SessionLimits> = { multipath: 'aggregate', linksWanted: 2 }

/** Two parties with a link for each of the latencies. */
function joined(latenciesMs: readonly number[] = [5, 5], limits: Partial<SessionLimits> = {}): Duo {
  const both = { limits: { ...aggregate, linksWanted: latenciesMs.length, ...limits } }
  const duo = new Duo(both, both)
  duo.checked = () => duo.parties.forEach(expectAccounts)
  for (const latencyMs of latenciesMs) duo.connect(duo.a, { latencyMs })
  duo.run(2_000)
  expect(duo.a.linkIds).toHaveLength(latenciesMs.length)
  return duo
}

/** What the links say is in flight is never more than what the session keeps. */
function expectAccounts(party: Party): void {
  const { session } = party.association
  if (session === undefined) return
  let keptBytes = 0
  for (const { inFlightBytes, inFlightFrames } of session.links) {
    expect(Math.min(inFlightBytes, inFlightFrames)).toBeGreaterThanOrEqual(0)
    keptBytes += inFlightBytes + inFlightFrames * FRAME_OVERHEAD_BYTES
  }
  expect(keptBytes).toBeLessThanOrEqual(session.unacknowledgedBytes)
}

/** All is done, and every link knows that. */
function expectQuiet(duo: Duo): void {
  for (const { session } of duo.parties) {
    expect([session.isIdle, session.unacknowledgedBytes]).toEqual([true, 0])
    for (const { inFlightBytes, inFlightFrames } of session.links)
      expect([inFlightBytes, inFlightFrames]).toEqual([0, 0])
  }
}

function write(duo: Duo, { stream }: Reader, bytes: number): void {
  stream.write(contentOf(stream.id, stream.send.offset + stream.send.queuedBytes, bytes), duo.nowMs)
}

function expectContent(duo: Duo, from: Reader, to: Party): void {
  const there = to.opened.find(({ stream }) => stream.id === from.stream.id)!
  const bytes = there.takeBytes()
  expect(firstDifference(from.stream.id, 0, bytes)).toBeUndefined()
  expect([bytes.length, there.ends, from.endsAcknowledged]).toEqual([from.stream.send.offset, 1, 1])
  expect(duo.nowMs).toBeGreaterThan(0)
}

const linkOf = ({ stream }: Reader): SessionLink | undefined => stream.share?.link
const delivered = (party: Party): number[] => party.session.links.map(({ deliveredBytes }) => deliveredBytes)

describe('M1: with aggregate, a stream', () => {
  it('has one link for itself, if it is alone', () => {
    const duo = joined()
    const here = duo.a.open()
    for (let count = 0; count < 20; count++) {
      write(duo, here, 100_000)
      duo.run(20)
    }
    duo.run(1_000)
    expect(delivered(duo.a).toSorted((one, other) => one - other)[0]).toBe(0)
    expectQuiet(duo)
  })

  it('has a link other than that which a second one keeps busy', () => {
    const duo = joined()
    const streams = Array.from({ length: 4 }, () => duo.a.open())
    for (const here of streams) write(duo, here, 1_000_000)
    expect(new Set(streams.map(linkOf)).size).toBe(2)
    duo.run(2_000)
    const [one = 0, two = 0] = delivered(duo.a)
    expect(Math.min(one, two)).toBeGreaterThan(1_900_000)
    for (const here of streams) here.stream.end(duo.nowMs)
    duo.run(100)
    for (const here of streams) expectContent(duo, here, duo.b)
    expectQuiet(duo)
  })

  it('goes where the round trip is shorter, when both have nothing to do', () => {
    const duo = joined([80, 5])
    const here = duo.a.open()
    write(duo, here, 1_000)
    expect(linkOf(here)).toBe(duo.a.session.links[1])
  })

  it('stays where it is while something of it is on its way, and goes where it is better when nothing is', () => {
    const duo = joined([80, 5])
    const [far, near] = duo.a.session.links
    const [busy, here] = [duo.a.open(), duo.a.open()]
    // Not much for the near one, but it takes the place of a slow one.
    write(duo, busy, 4_000_000)
    write(duo, here, 100_000)
    expect(linkOf(here)).toBe(far)
    duo.run(100)
    write(duo, here, 1_000)
    expect(linkOf(here)).toBe(far)
    duo.run(2_000)
    write(duo, here, 1_000)
    expect(linkOf(here)).toBe(near)
    duo.run(1_000)
    expectQuiet(duo)
  })

  it('goes to a link that is attached later, if there is more than one', () => {
    const duo = joined([5])
    const streams = Array.from({ length: 3 }, () => duo.a.open())
    for (const here of streams) write(duo, here, 4_000_000)
    duo.connect(duo.a)
    duo.run(3_000)
    expect(Math.min(...delivered(duo.a))).toBeGreaterThan(1_000_000)
    expectQuiet(duo)
  })

  it('goes on with another link when its own falls silent, long before that one is lost', () => {
    const duo = joined()
    const streams = [duo.a.open(), duo.a.open()] as const
    for (const here of streams) write(duo, here, 200_000)
    duo.run(500)
    for (const wire of duo.wires) {
      wire.blackHole = true
      for (const here of streams) write(duo, here, 200_000)
      duo.run(1_200)
      wire.blackHole = false
      duo.run(2_000)
    }
    for (const here of streams) here.stream.end(duo.nowMs)
    duo.run(1_000)
    for (const here of streams) expectContent(duo, here, duo.b)
    expect([duo.a.losses, duo.a.linkIds.length]).toEqual([[], 2])
    expectQuiet(duo)
  })

  it('does not come back to a link that delivers in the other direction only, until that has shown that it delivers', () => {
    const duo = joined()
    const streams = Array.from({ length: 4 }, () => duo.a.open())
    for (const here of streams) write(duo, here, 100_000)
    duo.run(500)
    const [wire] = duo.wires
    const [link] = duo.a.session.links
    wire!.there.blackHole = true
    for (const here of streams) write(duo, here, 100_000)
    duo.run(400)
    const back = duo.b.opened.map(({ stream }) => stream)
    for (let count = 0; count < 50; count++) {
      for (const stream of back) stream.write(new Uint8Array(1_000), duo.nowMs)
      for (const here of streams) write(duo, here, 10_000)
      duo.run(20)
      expect(streams.map(linkOf)).not.toContain(link)
    }
    expect(link!.hedged).toBe(true)
    wire!.there.blackHole = false
    duo.run(3_000)
    expect(link!.hedged).toBe(false)
    expectQuiet(duo)
  })

  it('does not wait for a link whose transport never takes anything again', () => {
    const duo = joined()
    const streams = Array.from({ length: 4 }, () => duo.a.open())
    for (const here of streams) write(duo, here, 10_000)
    duo.run(500)
    const stuck = linkOf(streams[0]!)!
    const room = (): void => {
      stuck.room = false
    }
    room()
    duo.checked = room
    for (const here of streams) write(duo, here, 400_000)
    duo.run(1_000)
    for (const here of streams) here.stream.end(duo.nowMs)
    duo.run(1_000)
    for (const here of streams) expectContent(duo, here, duo.b)
  })

  it('is not starved by others of its priority, and goes before those of a lower one on its link', () => {
    const duo = joined([5])
    const [low, ...equal] = [duo.a.open('low', 7), duo.a.open('high', 1), duo.a.open('high', 1)]
    for (const here of [low, ...equal]) write(duo, here, 200_000)
    const reads: string[] = []
    duo.checked = () => {
      for (const { stream, readBytes } of duo.b.opened)
        if (readBytes === 200_000 && !reads.includes(`${stream.id}`)) reads.push(`${stream.id}`)
    }
    duo.run(2_000)
    expect(reads).toHaveLength(3)
    expect(reads[2]).toBe(`${low.stream.id}`)
  })

  it('leaves nothing behind when it is over', () => {
    const duo = joined()
    for (let count = 0; count < 50; count++) {
      const here = duo.a.open()
      write(duo, here, 5_000)
      if (count % 3 === 0) here.stream.reset(7)
      else here.stream.end(duo.nowMs)
      if (count % 10 === 0) duo.wires[count % 20 === 0 ? 0 : 1]!.blackHole = count % 20 === 0
      duo.run(20)
      for (const { stream } of duo.b.opened) stream.end(duo.nowMs)
      const share = here.stream.share
      duo.run(1_000)
      expect(here.stream.share).toBeUndefined()
      expect([share?.streams.size ?? 0, share?.queuedBytes ?? 0]).toEqual([0, 0])
    }
  })
})

describe('a link in the middle of a write', () => {
  it('gets no frames any more when the application gives it up there', () => {
    for (const multipath of ['failover', 'aggregate'] as const) {
      const duo = joined([5, 5], { multipath })
      const here = duo.a.open()
      let lost = false
      here.accepted = () => {
        const link = multipath === 'aggregate' ? linkOf(here) : duo.a.session.active
        if (!lost && link !== undefined) duo.a.session.loseLink(link, 'connection-reset', duo.nowMs)
        lost = true
      }
      for (let count = 0; count < 5; count++) write(duo, here, 3_000)
      here.stream.end(duo.nowMs)
      duo.run(1_000)
      expectContent(duo, here, duo.b)
      expectQuiet(duo)
    }
  })
})

describe('acknowledgements of two busy links', () => {
  const types = (link: SessionLink): number[] => link.takeOutbox().map((frame) => frame[3]!)

  it('go on each of them that frames came on, so that the slower one does not hold up the faster', () => {
    const duo = joined([5, 5, 5])
    const { session } = duo.b
    const [one, two, three] = session.links as [SessionLink, SessionLink, SessionLink]
    const arrive = (link: SessionLink, sequence: number): void => {
      session.heard(link, duo.nowMs)
      session.reliableReceived({ type: 'unknownReliable', sequence }, duo.nowMs)
    }
    arrive(one, 1)
    arrive(two, 2)
    session.heard(three, duo.nowMs)
    for (const link of session.links) session.pump(link, duo.nowMs + 25)
    expect(session.links.map(types)).toEqual([[frameTypes.ack], [frameTypes.ack], []])
    expect(session.nextDeadlineMs).toBeGreaterThan(duo.nowMs + 25)

    // Where the transport takes nothing, another one has to do.
    arrive(two, 3)
    two.room = false
    for (const link of session.links) session.pump(link, duo.nowMs + 50)
    expect(session.links.flatMap(types)).toEqual([frameTypes.ack])
  })
})

describe.each(['failover', 'aggregate'] as const)(
  'a session over any links, whatever befalls them, with %s',
  (multipath) => {
    const event = tuple(
      constantFrom('write', 'write', 'write', 'burst', 'dial', 'cut', 'hole', 'deaf', 'mute', 'heal', 'stuck'),
      integer({ min: 0, max: 5 }),
      integer({ min: 1, max: 200_000 }),
      integer({ min: 0, max: 1_500 }),
    )

    it('delivers every byte of every stream once and in order, both ways', () => {
      assert(
        property(array(event, { minLength: 1, maxLength: 30 }), (events) => {
          const duo = new Duo({ limits: { ...aggregate, multipath } }, { limits: { ...aggregate, multipath } })
          duo.checked = () => duo.parties.forEach(expectAccounts)
          duo.connect(duo.a)
          duo.connect(duo.a)
          const ends = Array.from({ length: 6 }, (_, at) => duo.parties[at % 2]!.open('any', at))
          for (const [kind, which, bytes, waitMs] of events) {
            const wire = duo.wires[bytes % duo.wires.length]
            const party = duo.parties[which % 2]!
            if (kind === 'write') write(duo, ends[which]!, bytes)
            else if (kind === 'burst') for (const end of ends) write(duo, end, bytes)
            else if (kind === 'dial' && party.linkIds.length < 4)
              duo.dial(party, { latencyMs: bytes % 80, rank: which >> 2 })
            else if (kind === 'cut') wire?.cut()
            else if (kind === 'hole' && wire !== undefined) wire.blackHole = true
            else if (kind === 'heal' && wire !== undefined) wire.blackHole = false
            else if (kind === 'deaf' && wire !== undefined) wire.there.blackHole = true
            else if (kind === 'mute' && wire !== undefined) wire.back.blackHole = true
            else if (kind === 'stuck') for (const link of party.association.session?.links ?? []) link.room = which > 3
            duo.run(waitMs)
          }
          for (const wire of duo.wires) if (wire.there.blackHole || wire.back.blackHole) wire.cut()
          for (const party of duo.parties) for (const link of party.association.session?.links ?? []) link.room = true
          duo.run(1_000)
          if (duo.a.linkIds.length === 0) duo.connect(duo.a)
          for (const end of ends) end.stream.end(duo.nowMs)
          duo.run(60_000)
          for (const [at, end] of ends.entries()) expectContent(duo, end, duo.parties[1 - (at % 2)]!)
          expectQuiet(duo)
        }),
        { numRuns: 150 },
      )
    })
  },
)

import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, firstDifference } from '../../../test/hostile/content.ts'
import { Duo } from '../../../test/hostile/duo.ts'
import type { Party } from '../../../test/hostile/party.ts'
import type { Reader } from '../../../test/hostile/reader.ts'
import type { Wire } from '../../../test/hostile/wire.ts'

/** Two parties with `count` links between them, all dialed by the lower one, which wants that many. */
function joined(count: number): Duo {
  const duo = new Duo({ limits: { linksWanted: count } }, { limits: { linksWanted: count } })
  for (let at = 0; at < count; at++) duo.connect(duo.a)
  duo.run(500)
  expect(duo.a.linkIds).toHaveLength(count)
  return duo
}

/** The wire that carries what `party` sends now. */
function activeWire(duo: Duo, party: Party): Wire {
  const link = party.ends.get(party.session.active!)!
  return duo.wires.find((wire) => wire.there.to === link || wire.back.to === link)!
}

function writeContent(duo: Duo, reader: Reader, bytes: number): void {
  const { stream } = reader
  stream.write(contentOf(stream.id, stream.send.offset + stream.send.queuedBytes, bytes), duo.nowMs)
}

describe('a session with two links', () => {
  it('sends on one of them, and keeps the other one alive', () => {
    const duo = joined(2)
    const here = duo.a.open()
    writeContent(duo, here, 50_000)
    duo.run(200)
    const spare = duo.a.session.links.find((link) => link !== duo.a.session.active)!
    expect(spare.inFlightFrames).toBe(0)
    duo.run(600_000)
    expect([duo.a.losses, duo.b.losses]).toEqual([[], []])
  })

  it('goes on with the other one when the first falls silent, long before that one is lost', () => {
    const duo = joined(2)
    const here = duo.a.open()
    writeContent(duo, here, 10_000)
    duo.run(200)
    activeWire(duo, duo.a).blackHole = true
    writeContent(duo, here, 10_000)
    duo.run(600)
    expect(duo.b.opened[0]!.readBytes).toBe(20_000)
    expect(duo.a.losses).toEqual([])
  })

  it('takes what comes late from the silent link for the copy that it is', () => {
    const duo = joined(2)
    const here = duo.a.open()
    const wire = activeWire(duo, duo.a)
    wire.blackHole = true
    for (let count = 0; count < 20; count++) writeContent(duo, here, 3_000)
    duo.run(1_000)
    wire.blackHole = false
    duo.run(1_000)
    const there = duo.b.opened[0]!
    expect(there.readBytes).toBe(60_000)
    expect(firstDifference(there.stream.id, 0, there.takeBytes())).toBeUndefined()
    expect(duo.a.session.isIdle).toBe(true)
    expect(duo.a.linkIds).toHaveLength(2)
  })

  it('gives up a link after 15 s of silence, and says so on the other one', () => {
    const duo = joined(2)
    const wire = activeWire(duo, duo.a)
    wire.blackHole = true
    duo.a.open()
    duo.run(14_000)
    expect(duo.a.linkIds).toHaveLength(2)
    duo.run(3_000)
    expect(duo.a.losses).toEqual(['no-answer'])
    expect(duo.a.linkIds).toEqual(duo.b.linkIds)
    expect(duo.b.losses).toEqual(['superseded'])
  })
})

describe('a session whose only link falls silent', () => {
  it('becomes suspect, and goes on with the one that was dialed beside it at once', () => {
    const duo = new Duo()
    const wire = duo.connect(duo.a)
    const here = duo.a.open()
    duo.run(200)
    wire.blackHole = true
    writeContent(duo, here, 100_000)
    duo.runUntil(() => duo.a.suspects.length > 0)
    duo.connect(duo.a)
    duo.run(200)
    expect(duo.b.opened[0]!.readBytes).toBe(100_000)
    expect(duo.a.linkIds).toEqual(duo.b.linkIds)
    expect(duo.a.linkIds).toEqual([5])
  })

  it('recovers with it, and nothing is lost or doubled, if it was only slow', () => {
    const duo = new Duo()
    const wire = duo.connect(duo.a)
    const here = duo.a.open()
    duo.run(200)
    wire.blackHole = true
    writeContent(duo, here, 100_000)
    duo.run(10_000)
    wire.blackHole = false
    duo.run(1_000)
    expect(duo.b.opened[0]!.readBytes).toBe(100_000)
    expect([duo.a.recoveries.length, duo.a.losses]).toEqual([1, []])
  })

  it('loses it after 15 s and keeps everything for the next one', () => {
    const duo = new Duo()
    const wire = duo.connect(duo.a)
    const here = duo.a.open()
    duo.run(200)
    wire.blackHole = true
    writeContent(duo, here, 200_000)
    duo.run(60_000)
    expect([duo.a.losses, duo.a.linkIds]).toEqual([['no-answer'], []])
    expect(duo.a.session.unacknowledgedBytes + here.stream.send.queuedBytes).toBeGreaterThanOrEqual(200_000)
    duo.connect(duo.b)
    duo.run(1_000)
    const there = duo.b.opened[0]!
    expect(firstDifference(there.stream.id, 0, there.takeBytes())).toBeUndefined()
    expect(there.readBytes).toBe(200_000)
    expect(duo.a.session.unacknowledgedBytes).toBe(0)
  })
})

describe('a link that delivers in one direction only', () => {
  it.each([
    ['from here', 'there'],
    ['to here', 'back'],
  ] as const)('%s does not hold up the streams when there is another', (_what, lane) => {
    const duo = joined(2)
    const here = duo.a.open()
    writeContent(duo, here, 1_000)
    duo.run(200)
    activeWire(duo, duo.a)[lane].blackHole = true
    writeContent(duo, here, 20_000)
    duo.run(5_000)
    expect(duo.b.opened[0]!.readBytes).toBe(21_000)
    duo.b.opened[0]!.stream.write(Buffer.from('back'), duo.nowMs)
    duo.run(5_000)
    expect(here.text).toBe('back')
  })
})

describe('links that nobody needs', () => {
  it('are closed by the side that dialed them, and none is left over', () => {
    const duo = new Duo()
    for (const party of [duo.a, duo.b, duo.a, duo.b, duo.b]) duo.dial(party)
    duo.run(2_000)
    expect([duo.a.linkIds, duo.b.linkIds]).toEqual([[3], [3]])
    expect(duo.a.session.endedWith ?? duo.b.session.endedWith).toBeUndefined()
  })
})

describe('a session over any links, whatever befalls them', () => {
  const event = tuple(
    constantFrom('write', 'write', 'write', 'dial', 'cut', 'hole', 'heal', 'split'),
    integer({ min: 0, max: 1 }),
    integer({ min: 1, max: 60_000 }),
    integer({ min: 0, max: 1_500 }),
  )

  it('delivers every byte once and in order, both ways', () => {
    assert(
      property(array(event, { minLength: 1, maxLength: 30 }), (events) => {
        const duo = new Duo({ limits: { linksWanted: 2 } }, { limits: { linksWanted: 2 } })
        duo.connect(duo.a)
        const ends = [duo.a.open('one'), duo.b.open('two')] as const
        for (const [kind, side, bytes, waitMs] of events) {
          const wire = duo.wires[bytes % duo.wires.length]
          const party = duo.parties[side]!
          if (kind === 'write') writeContent(duo, ends[side]!, bytes)
          else if (kind === 'dial' && party.linkIds.length < 4) duo.dial(party, { latencyMs: bytes % 80 })
          else if (kind === 'split') duo.dial(party, { split: (whole) => shreds(whole, bytes) })
          else if (kind === 'cut') wire?.cut()
          else if (wire !== undefined) wire.blackHole = kind === 'hole'
          duo.run(waitMs)
        }
        for (const wire of duo.wires) if (wire.there.blackHole) wire.cut()
        duo.run(1_000)
        if (duo.a.linkIds.length === 0) duo.connect(duo.a)
        for (const end of ends) end.stream.end(duo.nowMs)
        duo.run(40_000)
        for (const [end, other] of [
          [ends[0], duo.b],
          [ends[1], duo.a],
        ] as const) {
          const there = other.opened[0]!
          const bytes = there.takeBytes()
          expect(firstDifference(end.stream.id, 0, bytes)).toBeUndefined()
          expect([bytes.length, there.ends, end.endsAcknowledged]).toEqual([end.stream.send.offset, 1, 1])
        }
      }),
      { numRuns: 120 },
    )
  })
})

/** Cuts bytes into pieces of up to `size` bytes, and not too many. */
function shreds(bytes: Uint8Array, size: number): Uint8Array[] {
  const step = Math.max(1 + (size % 700), Math.ceil(bytes.length / 50))
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) => bytes.subarray(at * step, (at + 1) * step))
}

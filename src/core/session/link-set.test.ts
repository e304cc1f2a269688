import { describe, expect, it } from 'vitest'
import { Duo } from '../../../test/hostile/duo.ts'
import type { Wire } from '../../../test/hostile/wire.ts'
import type { SessionLink } from './link.ts'

/** Two parties that want `count` links each. */
function duoOf(count: number): Duo {
  return new Duo({ limits: { linksWanted: count } }, { limits: { linksWanted: count } })
}

/** Probes of it are missed until it is poor. */
function spoil(link: SessionLink): void {
  for (let count = 0; count < 8; count++) link.health.probeMissed()
  expect(link.health.band).toBe('critical')
}

/** Probes of it are answered until it is good. */
function mend(link: SessionLink): void {
  for (let count = 0; count < 40; count++) link.health.sample(10, 0)
  expect(link.health.band).toBe('excellent')
}

describe('M1: with failover, what a session sends', () => {
  it('goes to a link that does better by 20 %, soon after that shows in three samples, though it was idle', () => {
    const duo = duoOf(2)
    const slow = duo.connect(duo.a, { latencyMs: 400 })
    const here = duo.a.open()
    duo.run(10_000)
    const quick = duo.connect(duo.a, { latencyMs: 5 })
    expect(active(duo)).toBe(slow)
    const began = duo.nowMs
    while (active(duo) === slow) {
      here.stream.write(new Uint8Array(100), duo.nowMs)
      duo.run(100)
    }
    expect(active(duo)).toBe(quick)
    expect(duo.nowMs - began).toBeGreaterThan(1_000)
    expect(duo.nowMs - began).toBeLessThan(6_000)
    duo.run(600_000)
    expect([active(duo), duo.a.losses, duo.b.opened[0]!.readBytes]).toEqual([quick, [], here.stream.send.offset])
  })

  it('stays where it is beside a link that is as good', () => {
    const duo = duoOf(2)
    const first = duo.connect(duo.a, { latencyMs: 60 })
    duo.connect(duo.a, { latencyMs: 20 })
    const here = duo.a.open()
    for (let count = 0; count < 300; count++) {
      here.stream.write(new Uint8Array(100), duo.nowMs)
      duo.run(200)
      expect(active(duo)).toBe(first)
    }
  })
})

describe('S3: a link that does poorly', () => {
  it('is a reason for a second one, and goes when that has been heard', () => {
    const duo = duoOf(1)
    duo.connect(duo.a)
    duo.run(1_000)
    const [first] = duo.a.session.links
    expect(duo.a.session.wantsLink).toBe(false)
    spoil(first!)
    expect(duo.a.session.wantsLink).toBe(true)
    let fewest = Infinity
    duo.checked = () => {
      fewest = Math.min(fewest, ...duo.parties.map(({ linkIds }) => linkIds.length))
    }
    duo.connect(duo.a)
    duo.run(1_000)
    expect([duo.a.losses, duo.a.session.wantsLink, fewest]).toEqual([['duplicate'], false, 1])
    expect(duo.a.linkIds).toEqual(duo.b.linkIds)
    expect(duo.a.session.links[0]).not.toBe(first)
  })

  it('stays beside the one that the other side dialed, and that one goes when the first does well again', () => {
    const duo = duoOf(1)
    duo.connect(duo.a)
    duo.run(1_000)
    const [first] = duo.b.session.links
    spoil(first!)
    duo.connect(duo.b)
    duo.run(5_000)
    expect([duo.a.linkIds.length, duo.b.linkIds.length]).toEqual([2, 2])
    mend(first!)
    first!.pingDue = true
    duo.run(5_000)
    expect([duo.a.linkIds, duo.b.linkIds, duo.b.losses]).toEqual([[first!.id], [first!.id], ['duplicate']])
  })

  it('has one beside it at the most, however many are dialed by both sides', () => {
    const duo = duoOf(1)
    duo.connect(duo.a)
    duo.run(1_000)
    duo.checked = () => {
      for (const party of duo.parties)
        for (const link of party.association.session?.links ?? []) link.health.probeMissed()
    }
    for (const party of [duo.a, duo.b, duo.b, duo.a]) {
      duo.dial(party)
      duo.run(3_000)
      expect([1, 2]).toContain(duo.a.linkIds.length)
      expect(duo.a.linkIds).toEqual(duo.b.linkIds)
      expect([duo.a.session.wantsLink, duo.b.session.wantsLink]).toEqual([false, false])
    }
  })
})

describe('a silent link that is heard again', () => {
  it('takes the place of the one beside it only when it has answered: it may deliver in one direction alone', () => {
    const duo = duoOf(1)
    const silent = duo.connect(duo.a)
    const ends = [duo.a.open(), duo.b.open()]
    duo.run(1_000)
    silent.blackHole = true
    for (const { stream } of ends) stream.write(new Uint8Array(1_000), duo.nowMs)
    duo.runUntil(() => duo.a.suspects.length > 0 && duo.b.suspects.length > 0)
    const beside = duo.connect(duo.b)
    silent.there.blackHole = false
    duo.run(5_000)
    expect(duo.b.recoveries).not.toEqual([])
    expect([duo.a.linkIds.length, duo.b.linkIds.length]).toEqual([2, 2])
    expect([active(duo), duo.a.session.active?.liveness.suspect]).toEqual([beside, false])
    silent.back.blackHole = false
    // Until its probes have been answered for long enough.
    duo.run(600_000)
    expect([duo.a.linkIds, duo.b.linkIds, duo.b.losses]).toEqual([[3], [3], ['duplicate']])
  })
})

describe('a second link that stands by', () => {
  it('is not pinged because a third is attached, unless one of them may be closed', () => {
    const sent = (duo: Duo): number => duo.a.session.links[0]!.liveness.lastPing
    const few = duoOf(3)
    few.connect(few.a)
    few.run(2_000)
    const before = sent(few)
    few.connect(few.a)
    few.connect(few.a)
    few.run(2_000)
    expect([sent(few), few.a.linkIds.length]).toEqual([before, 3])
    const many = duoOf(1)
    many.connect(many.a)
    many.run(2_000)
    many.connect(many.a)
    many.run(2_000)
    expect([sent(many), many.a.linkIds.length]).toEqual([before + 1, 1])
  })

  it('costs a ping and its answer every two minutes, while the other one is busy', () => {
    const duo = duoOf(2)
    for (let count = 0; count < 2; count++) duo.connect(duo.a)
    duo.run(10_000)
    const here = duo.a.open()
    const [busy, spare] = duo.parties.map(({ session }) => session.links[1]!)
    const before = busy!.liveness.lastPing + spare!.liveness.lastPing
    for (let count = 0; count < 3_600; count++) {
      here.stream.write(new Uint8Array(1_000), duo.nowMs)
      duo.run(1_000)
    }
    const pings = busy!.liveness.lastPing + spare!.liveness.lastPing - before
    expect(pings).toBeGreaterThanOrEqual(25)
    expect(pings).toBeLessThanOrEqual(40)
    expect([busy!.deliveredBytes, spare!.deliveredBytes]).toEqual([0, 0])
  })
})

describe('a link that was hedged', () => {
  it('is used again after an acknowledgement or the answer to a ping that was sent since, and not for any other byte', () => {
    const duo = duoOf(2)
    // The first is of a better kind, so that it is the active one whenever it can be.
    const wire = duo.connect(duo.a)
    duo.connect(duo.a, { rank: 1 })
    duo.run(2_000)
    const here = duo.a.open()
    here.stream.write(new Uint8Array(1_000), duo.nowMs)
    duo.run(500)
    const there = duo.b.opened[0]!.stream
    wire.there.blackHole = true
    let switches = 0
    let last = active(duo)
    for (let count = 0; count < 80; count++) {
      here.stream.write(new Uint8Array(1_000), duo.nowMs)
      there.write(new Uint8Array(1_000), duo.nowMs)
      duo.run(20)
      if (active(duo) !== last) switches++
      last = active(duo)
    }
    expect([switches, last === wire]).toEqual([1, false])
    expect(duo.b.opened[0]!.readBytes).toBeGreaterThan(75_000)
    wire.there.blackHole = false
    duo.run(3_000)
    expect(active(duo)).toBe(wire)
  })
})

describe('a link that was hedged', () => {
  it('and answers at once is not pinged as often as that, while what it has delivered is not acknowledged yet', () => {
    const latencyMs = 0.1
    const duo = duoOf(2)
    duo.connect(duo.a, { latencyMs })
    duo.connect(duo.a, { latencyMs })
    duo.run(2_000)
    const here = duo.a.open()
    here.stream.write(new Uint8Array(1_000), duo.nowMs)
    duo.run(500)
    // What has a copy on the first is not sent a third time when the second is hedged: it waits there for an acknowledgement.
    const first = active(duo)
    const second = duo.wires.find((wire) => wire !== first)!
    const [link] = duo.a.session.links.filter((each) => each !== duo.a.session.active)
    for (const each of duo.a.session.links) mend(each)
    for (const wire of [first, second]) wire.there.blackHole = true
    here.stream.write(new Uint8Array(1_000), duo.nowMs)
    duo.runUntil(() => active(duo) === second)
    duo.run(200)
    duo.connect(duo.a, { latencyMs })
    duo.runUntil(() => link!.hedged)
    const before = link!.liveness.lastPing
    expect(link!.inFlightFrames).toBeGreaterThan(0)
    second.there.blackHole = false
    duo.runUntil(() => link!.inFlightFrames === 0)
    expect(link!.liveness.lastPing - before).toBeLessThan(3)
    expect(duo.b.opened[0]!.readBytes).toBe(2_000)
  })
})

describe('frames on a link that is hedged', () => {
  it('are sent on a third one as soon as the link that had a copy is gone', () => {
    const duo = duoOf(2)
    duo.connect(duo.a)
    duo.connect(duo.a)
    duo.run(2_000)
    const here = duo.a.open()
    here.stream.write(new Uint8Array(1_000), duo.nowMs)
    duo.run(500)
    const first = active(duo)
    const second = duo.wires.find((wire) => wire !== first)!
    for (const wire of [first, second]) wire.there.blackHole = true
    here.stream.write(new Uint8Array(1_000), duo.nowMs)
    duo.runUntil(() => active(duo) === second)
    duo.connect(duo.a)
    duo.runUntil(() => duo.a.session.links.filter(({ hedged }) => hedged).length === 2)
    expect(duo.b.opened[0]!.readBytes).toBe(1_000)
    first.cut()
    duo.run(100)
    expect(duo.b.opened[0]!.readBytes).toBe(2_000)
  })
})

/** The wire that carries what the first party sends. */
function active(duo: Duo): Wire {
  const link = duo.a.ends.get(duo.a.session.active!)
  return duo.wires.find(({ there, back }) => there.to === link || back.to === link)!
}

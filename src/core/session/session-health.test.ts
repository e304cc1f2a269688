import { describe, expect, it } from 'vitest'
import { Duo } from '../../../test/hostile/duo.ts'
import { ProtocolError, RefusedByPeerError } from '../errors.ts'
import { defaultSessionLimits } from './limits.ts'
import type { SessionLink } from './link.ts'

const allocate = (size: number) => new Uint8Array(size)

/** Two parties with one link, whose round trip is 20 ms. */
function joined(options: { features?: readonly number[] } = {}) {
  const duo = new Duo(options)
  const wire = duo.connect(duo.a, { latencyMs: 10 })
  duo.run(100)
  const [here, there] = [duo.a.session.links[0]!, duo.b.session.links[0]!]
  /** The first side asks for an answer `count` times, as it would about a busy link. */
  const probe = (count: number) => {
    for (let at = 0; at < count; at++) {
      here.pingDue = true
      duo.run(10_000)
    }
  }
  return { duo, wire, here, there, probe }
}

describe('H1: a link is measured from both ends', () => {
  it('and each knows what the other one measures', () => {
    const { duo, wire, here, there, probe } = joined()
    probe(1)
    expect([here.health.roundTripMs, there.health.roundTripMs]).toEqual([20, 20])
    wire.latencyMs = 150
    probe(60)
    expect(here.health.roundTripMs).toBeCloseTo(300, -1)
    // As it was at the last notable change.
    expect(there.health.remote?.roundTripMs).toBeGreaterThan(200)
    expect(Math.abs(there.health.remote!.score - here.health.score()!)).toBeLessThan(5)
    expect(duo.b.endings).toEqual([])
  })

  it('unless one of them does not offer that', () => {
    const { here, there, probe } = joined({ features: [] })
    probe(10)
    expect([here.health.remote, there.health.remote]).toEqual([undefined, undefined])
    there.statusReceived({ roundTripMs: 1, jitterMs: 1, loss: 0, score: 1 })
    expect(there.health.remote).toBeUndefined()
  })

  it('and tells of each probe once', () => {
    const { duo, probe } = joined()
    const before = duo.a.probes.length
    probe(5)
    expect(duo.a.probes.slice(before).map(({ answered }) => answered)).toEqual([true, true, true, true, true])
  })
})

describe('H5: a path that becomes bad', () => {
  it('shows in the band of the link long before it is lost', () => {
    const { duo, wire, probe } = joined()
    wire.latencyMs = 400
    probe(2)
    wire.latencyMs = 10
    for (let round = 0; round < 6; round++) {
      wire.latencyMs = round % 2 === 0 ? 700 : 100
      probe(1)
    }
    const changes = duo.a.probes.flatMap(({ change }) => change ?? [])
    expect(changes.map(({ band }) => band)).toContain('poor')
    expect(duo.a.losses).toEqual([])
  })
})

describe('H6: a flood of pings', () => {
  const link = (): SessionLink => {
    const { duo } = joined()
    return duo.a.session.links[0]!
  }

  it('ends the session by the rule ping-flood', () => {
    const { duo, here, there } = joined()
    // Past the limit of the other side's answers, at one moment.
    for (let count = 0; count < 300; count++) {
      here.pingDue = true
      here.pumpProbes(allocate, duo.nowMs)
    }
    duo.run(1_000)
    expect(there.gone).toBe(true)
    expect(duo.b.endings[0]).toBeInstanceOf(ProtocolError)
    expect(duo.b.endings[0]).toMatchObject({ rule: 'ping-flood' })
    expect(duo.a.endings[0]).toBeInstanceOf(RefusedByPeerError)
  })

  it('is not what a network makes of the pings that it held back for minutes', () => {
    const one = link()
    for (let count = 0; count < 200; count++) one.pingReceived(count, 1_000)
    expect(() => one.pingReceived(999, 1_000)).not.toThrow()
  })
})

describe('L11: a session after a stall of its node', () => {
  it('probes all its links at once, and loses none that answers', () => {
    const duo = new Duo({ limits: { linksWanted: 2 } }, { limits: { linksWanted: 2 } })
    for (let at = 0; at < 2; at++) duo.connect(duo.a)
    duo.run(2_000)
    const before = duo.a.probes.length
    duo.a.session.probe(duo.nowMs)
    duo.run(600)
    expect(duo.a.probes.slice(before).map(({ answered }) => answered)).toEqual([true, true])
    duo.run(60_000)
    expect([duo.a.losses, duo.b.losses, duo.a.suspects]).toEqual([[], [], []])
  })

  it('does not give up a suspect link for a new one before that was probed', () => {
    const duo = new Duo()
    const wire = duo.connect(duo.a)
    duo.run(500)
    wire.blackHole = true
    duo.a.open().stream.write(new Uint8Array(100), duo.nowMs)
    duo.run(3_000)
    expect(duo.a.suspects).toHaveLength(1)
    duo.a.session.probe(duo.nowMs)
    duo.dial(duo.a, { latencyMs: 1 })
    duo.run(100)
    expect([duo.a.linkIds.length, duo.a.losses]).toEqual([2, []])
    duo.run(16_000)
    // Which of the two sides gives it up first is open.
    expect([duo.a.linkIds.length, duo.a.losses]).toEqual([1, [expect.toBeOneOf(['no-answer', 'superseded'])]])
  })
})

describe('H3: traffic of an idle session', () => {
  it('is a ping and its answer every two minutes or so, from one of the two in turn', () => {
    const { duo } = joined()
    duo.run(10_000)
    const before = [duo.a, duo.b].map(({ probes }) => probes.length)
    duo.run(24 * 3_600_000)
    const [here, there] = [duo.a, duo.b].map(({ probes }, at) => probes.length - before[at]!) as [number, number]
    expect(here + there).toBeGreaterThan(24 * 25)
    expect(here + there).toBeLessThan(24 * 37)
    expect(Math.abs(here - there)).toBeLessThan(0.1 * (here + there))
  })

  it('keeps the figures of both sides fresh: none is ever older than two intervals', () => {
    for (const other of [{ mode: 'adaptive' }, { mode: 'fixed', intervalMs: 20_000 }] as const) {
      const duo = new Duo({}, { limits: { keepAlive: other } })
      const wire = duo.connect(duo.a, { latencyMs: 20 })
      duo.run(10_000)
      wire.latencyMs = 1
      for (let count = 0; count < 1_000; count++) {
        duo.run(30_000)
        for (const { session } of duo.parties) {
          const { answeredMs, roundTripMs } = session.links[0]!.health
          expect(duo.nowMs - answeredMs!).toBeLessThanOrEqual(2 * 120_000)
          if (count > 60) expect(roundTripMs).toBeCloseTo(2, 1)
        }
      }
    }
  })

  it('is none in mode tcp', () => {
    const keepAlive = { mode: 'tcp' } as const
    const duo = new Duo({ limits: { keepAlive } }, { limits: { keepAlive } })
    duo.connect(duo.a)
    // The first ping of each side, and the one that measures a new link again.
    duo.run(5_000)
    const before = duo.a.probes.length + duo.b.probes.length
    duo.run(24 * 3_600_000)
    expect(duo.a.probes.length + duo.b.probes.length).toBe(before)
    expect(defaultSessionLimits.keepAlive).toEqual({ mode: 'adaptive' })
  })
})

describe('mode tcp without pings under load', () => {
  const limits = { keepAlive: { mode: 'tcp', pingsUnderLoad: false } } as const

  it('measures the round trip by acknowledgements, so that a long path is filled', () => {
    const duo = new Duo({ limits }, { limits })
    duo.connect(duo.a, { latencyMs: 150 })
    const { stream } = duo.a.open()
    for (let sent = 0; sent < 20; sent++) {
      stream.write(new Uint8Array(1_000), duo.nowMs)
      duo.run(1_000)
    }
    const [link] = duo.a.session.links
    expect(link!.roundTrip.smallestMs).toBeGreaterThanOrEqual(300)
    expect(link!.roundTrip.smallestMs).toBeLessThanOrEqual(330)
    expect([link!.health.score(), duo.a.probes, duo.b.probes]).toEqual([undefined, [], []])
  })

  it('lets the one of two links go that is too many, though nothing is written', () => {
    const duo = new Duo({ limits }, { limits })
    duo.connect(duo.a)
    duo.connect(duo.b)
    duo.run(5_000)
    expect([duo.a.linkIds.length, duo.b.linkIds.length]).toEqual([1, 1])
    expect([duo.a.probes, duo.b.probes]).toEqual([[], []])
  })

  it('forgets a ping that is out when it is chosen, so that it cannot time out', () => {
    const duo = new Duo()
    const wire = duo.connect(duo.a)
    duo.run(1_000)
    wire.blackHole = true
    duo.a.session.links[0]!.pingDue = true
    duo.run(1)
    duo.a.session.links[0]!.liveness.setKeepAlive(limits.keepAlive, duo.nowMs)
    duo.run(60_000)
    expect([duo.a.suspects, duo.a.losses]).toEqual([[], []])
  })
})

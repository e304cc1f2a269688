import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Duo } from '../../../test/hostile/duo.ts'
import type { Party } from '../../../test/hostile/party.ts'
import { ProtocolError } from '../errors.ts'
import { defaultSessionLimits } from './limits.ts'
import { SessionLink } from './link.ts'
import { SendLog, type SentFrame } from './send-log.ts'
import { ACKNOWLEDGEMENT_ALLOWANCE } from './sender.ts'

const FRAMES = 12_000

/** A log whose first frame is never acknowledged, and how often its frames were looked at. */
function watchedLog(): { readonly log: SendLog; looks(): number } {
  const log = new SendLog()
  const link = new SessionLink(
    { id: 1, dialedBySelf: true, dialedByLower: true, rank: 0 },
    0,
    defaultSessionLimits,
    () => 0.5,
  )
  let looks = 0
  for (let sequence = 1; sequence <= FRAMES; sequence++) {
    const frame: SentFrame = {
      get sequence() {
        looks++
        return sequence
      },
      bytes: new Uint8Array(1),
      ends: undefined,
      link,
      acknowledged: false,
      skipTo: 0,
      repeated: false,
      copyOn: undefined,
      deliveredBytes: 0,
      deliveredMs: 0,
    }
    log.append(frame)
  }
  return {
    log,
    looks: () => {
      const before = looks
      looks = 0
      return before
    },
  }
}

const ignore = (): void => undefined

describe('an acknowledgement costs what is new in it', () => {
  it('and not a walk over what was acknowledged before, for one range', () => {
    const { log, looks } = watchedLog()
    log.acknowledge(0, [{ first: 2, last: FRAMES }], ignore)
    looks()
    for (let count = 0; count < 1_000; count++) log.acknowledge(0, [{ first: 2, last: FRAMES }], ignore)
    // The first of them halves the way of 12,000 frames again and again.
    expect(looks()).toBeLessThan(30 * 1_000 + 2 * FRAMES)
  })

  it('wherever its ranges begin and end', () => {
    const { log, looks } = watchedLog()
    log.acknowledge(0, [{ first: 2, last: FRAMES }], ignore)
    looks()
    const place = integer({ min: 2, max: FRAMES })
    assert(
      property(array(tuple(place, place), { minLength: 100, maxLength: 100 }), (places) => {
        for (const [a, b] of places)
          log.acknowledge(0, [{ first: Math.min(a, b), last: Math.max(a, b) }], () => {
            throw new Error('released twice')
          })
      }),
      { numRuns: 50 },
    )
    expect(looks()).toBeLessThan(30 * 5_000 + 2 * FRAMES)
  })

  it('and says whether anything was', () => {
    const { log } = watchedLog()
    const news = [
      log.acknowledge(0, [{ first: 3, last: 5 }], ignore),
      log.acknowledge(0, [{ first: 3, last: 5 }], ignore),
      log.acknowledge(0, [{ first: 3, last: 6 }], ignore),
      log.acknowledge(2, [], ignore),
      log.acknowledge(6, [], ignore),
    ]
    expect(news).toEqual([true, false, true, true, false])
  })
})

describe('a flood of acknowledgements without news', () => {
  it('ends the session by the rule acknowledgement-flood', () => {
    const duo = new Duo()
    duo.connect(duo.a)
    const { session } = duo.a
    const repeat = (): void => session.acknowledgementReceived({ cumulative: 0, ranges: [] }, duo.nowMs)
    for (let count = 0; count < ACKNOWLEDGEMENT_ALLOWANCE.atOnce; count++) repeat()
    expect(repeat).toThrow(ProtocolError)
    expect(repeat).toThrow(expect.objectContaining({ rule: 'acknowledgement-flood' }))
  })

  it('is not what a receiver sends that answers each frame that comes', () => {
    const duo = new Duo()
    duo.connect(duo.a)
    const { stream } = duo.a.open()
    const repeat = (): void => duo.a.session.acknowledgementReceived({ cumulative: 0, ranges: [] }, duo.nowMs)
    let repeated = 0
    let perSecond = 0
    while (repeated < 2 * ACKNOWLEDGEMENT_ALLOWANCE.atOnce) {
      for (let frame = 0; frame < 1_000; frame++) stream.write(Uint8Array.of(1), duo.nowMs)
      for (let frame = 0; frame < 1_000; frame++) repeat()
      repeated += 1_000
      const beforeMs = duo.nowMs
      duo.runUntil(() => duo.b.opened[0]?.readBytes === repeated)
      perSecond += ((duo.nowMs - beforeMs) / 1_000) * ACKNOWLEDGEMENT_ALLOWANCE.perSecond
    }
    // Time alone would not have allowed so many.
    expect(repeated - perSecond).toBeGreaterThan(ACKNOWLEDGEMENT_ALLOWANCE.atOnce)
  })

  const step = tuple(constantFrom('write', 'stall', 'cut', 'dial'), integer({ min: 0, max: 1_000 }))

  it('never comes of an honest session: it sends one acknowledgement at most for each frame that comes', () => {
    assert(
      property(
        array(step, { minLength: 10, maxLength: 60 }),
        constantFrom('aggregate', 'failover'),
        (steps, multipath) => {
          const limits = { linksWanted: 2, multipath } as const
          const duo = new Duo({ limits }, { limits })
          for (let links = 0; links < 2; links++) duo.connect(duo.a, { latencyMs: 1 })
          const counts = duo.parties.map(counted)
          const streams = duo.parties.flatMap((party) => [party.open(), party.open()])
          for (const [kind, value] of steps) {
            const wire = duo.wires.at(-1 - (value % 2))
            if (kind === 'write')
              for (const { stream } of streams) stream.write(new Uint8Array(1 + value * 20), duo.nowMs)
            else if (kind === 'stall' && wire !== undefined) wire.latencyMs = value
            else if (kind === 'cut' && duo.a.linkIds.length > 1) wire?.cut()
            else if (kind === 'dial' && duo.a.linkIds.length < 2) duo.connect(duo.a, { latencyMs: value % 50 })
            duo.run(value / 10)
          }
          duo.run(5_000)
          const [a, b] = counts as [Counts, Counts]
          expect(a.acknowledgements).toBeLessThanOrEqual(b.frames)
          expect(b.acknowledgements).toBeLessThanOrEqual(a.frames)
          expect(a.acknowledgements).toBeGreaterThan(0)
        },
      ),
      { numRuns: 60 },
    )
  })
})

interface Counts {
  /** That came as ACK. */
  acknowledgements: number
  /** Whole reliable frames that came, copies included. */
  frames: number
}

function counted(party: Party): Counts {
  const counts: Counts = { acknowledgements: 0, frames: 0 }
  const { session } = party
  const { acknowledgementReceived, dataReceived, reliableReceived } = session
  session.acknowledgementReceived = function (...input) {
    // What an ATTACH acknowledges comes here as well.
    if ('type' in input[0]) counts.acknowledgements++
    acknowledgementReceived.apply(session, input)
  }
  session.dataReceived = function (...input) {
    if (input[4]) counts.frames++
    dataReceived.apply(session, input)
  }
  session.reliableReceived = function (...input) {
    counts.frames++
    reliableReceived.apply(session, input)
  }
  return counts
}

import { array, assert, boolean, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf } from '../../../test/hostile/content.ts'
import { Duo } from '../../../test/hostile/duo.ts'
import type { Party } from '../../../test/hostile/party.ts'
import type { Reader } from '../../../test/hostile/reader.ts'
import type { Lane } from '../../../test/hostile/wire.ts'

/** So long TCP may be silent in one direction while it sends again what was lost. */
const STALL_MS_MAX = 5_000
const STEP_MS = 50

const stall = tuple(
  integer({ min: 0, max: 1_000 }),
  integer({ min: 1, max: STALL_MS_MAX }),
  integer({ min: 0, max: 1_500 }),
)

describe('H4: a session over a network that delays, and loses nothing for good', () => {
  it.each([1, 2])(
    'is never without a link at either side, if each dials when it wants more than it has of %i',
    (wanted) => {
      assert(
        property(array(stall, { minLength: 5, maxLength: 60 }), boolean(), boolean(), (stalls, dialer, writes) => {
          const duo = new Duo({ limits: { linksWanted: wanted } }, { limits: { linksWanted: wanted } })
          duo.connect(duo.parties[dialer ? 1 : 0])
          const ends = [duo.a.open('one'), duo.b.open('two')] as const
          let fewest = Infinity
          duo.checked = () => {
            fewest = Math.min(fewest, duo.a.linkIds.length, duo.b.linkIds.length)
          }
          const play = new Play(duo)
          for (const [seed, stallMs, waitMs] of stalls) {
            play.stall(seed, stallMs)
            for (let pastMs = 0; pastMs < waitMs; pastMs += STEP_MS) {
              write(duo, ends[0])
              if (writes) write(duo, ends[1])
              play.pass(seed)
            }
          }
          expect(fewest).toBe(1)
        }),
        { numRuns: 100 },
      )
    },
  )
})

/** What the network does, and the two that dial. */
class Play {
  readonly #duo: Duo
  readonly #stalledUntilMs = new Map<Lane, number>()
  readonly #dialing = new Map<Party, number>()

  constructor(duo: Duo) {
    this.#duo = duo
  }

  stall(which: number, forMs: number): void {
    const lanes = this.#duo.wires.slice(-4).flatMap((wire) => wire.lanes)
    const lane = lanes[which % lanes.length]!
    if (lane.blackHole) return
    lane.blackHole = true
    this.#stalledUntilMs.set(lane, this.#duo.nowMs + forMs)
  }

  pass(seed: number): void {
    const duo = this.#duo
    for (const [lane, untilMs] of this.#stalledUntilMs) {
      if (duo.nowMs < untilMs) continue
      lane.blackHole = false
      this.#stalledUntilMs.delete(lane)
    }
    for (const party of duo.parties) {
      if (!party.session.wantsLink || duo.nowMs < (this.#dialing.get(party) ?? 0)) continue
      this.#dialing.set(party, duo.nowMs + 1_000)
      duo.dial(party, { latencyMs: 1 + (seed % 200) })
    }
    duo.run(STEP_MS)
  }
}

function write(duo: Duo, { stream }: Reader): void {
  stream.write(contentOf(stream.id, stream.send.offset + stream.send.queuedBytes, 500), duo.nowMs)
}

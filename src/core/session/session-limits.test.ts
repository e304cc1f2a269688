import { describe, expect, it } from 'vitest'
import { Duo } from '../../../test/hostile/duo.ts'
import { defaultSessionLimits, FRAME_OVERHEAD_BYTES } from './limits.ts'
import { SessionLink } from './link.ts'

const FRAME_BYTES_MAX = 65_536 + FRAME_OVERHEAD_BYTES
const MIB = 1024 * 1024

/** Sends 30 MB over a fast link with a long round trip; answers the most that was unacknowledged at a time. */
function mostUnacknowledged(budgetBytes: number): { most: number; duo: Duo } {
  const limits = { unacknowledgedBytes: MIB, unacknowledgedBytesMax: 2 * MIB }
  const duo = new Duo({ limits, budgetBytes }, {})
  duo.connect(duo.a, { latencyMs: 250, capacityBytes: 100 * MIB })
  let most = 0
  duo.checked = () => {
    most = Math.max(most, duo.a.session.unacknowledgedBytes)
  }
  const here = duo.a.open()
  here.stream.write(new Uint8Array(30_000_000), duo.nowMs)
  duo.runUntil(() => duo.b.opened[0]?.readBytes === 30_000_000)
  return { most, duo }
}

describe('what a session keeps unacknowledged', () => {
  it('stays below three quarters of its limit, where the node has nothing more to give', () => {
    const { most } = mostUnacknowledged(0)
    expect(most).toBeGreaterThan(0.5 * MIB)
    expect(most).toBeLessThanOrEqual(0.75 * MIB + FRAME_BYTES_MAX)
  })

  it('grows with rate and round trip, up to its bound, and is given back at the end', () => {
    const { most, duo } = mostUnacknowledged(10 * MIB)
    expect(most).toBeGreaterThan(MIB)
    expect(most).toBeLessThanOrEqual(1.5 * MIB + FRAME_BYTES_MAX)
    duo.a.session.end('closed-locally', new Error('over') as never, duo.nowMs)
    expect(duo.a.budget.freeBytes).toBe(10 * MIB)
  })
})

describe('a link', () => {
  const link = (): SessionLink =>
    new SessionLink({ id: 1, dialedBySelf: true, dialedByLower: true, rank: 0 }, 0, defaultSessionLimits, () => 0.5)

  it('answers no more than sixteen pings at a time, the latest ones', () => {
    const one = link()
    for (let token = 0; token < 200; token++) one.pingReceived(token, 0)
    one.pumpProbes((size) => new Uint8Array(size), 0)
    const tokens = one.takeOutbox().map((frame) => frame.at(-1))
    expect(tokens).toEqual(Array.from({ length: 16 }, (_, at) => 184 + at))
  })

  it('takes no frames while the transport has no room, or its outbox is full', () => {
    const one = link()
    expect([one.takesFrames, one.takesControl]).toEqual([true, true])
    one.put(new Uint8Array(256 * 1024))
    expect([one.takesFrames, one.takesControl]).toEqual([false, false])
    one.takeOutbox()
    one.room = false
    expect([one.takesFrames, one.takesControl]).toEqual([false, false])
  })
})

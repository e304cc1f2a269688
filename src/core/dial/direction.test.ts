import { describe, expect, it } from 'vitest'
import { DIAL_GRACE_MS, type DialOrder, dialGraceMs, isLowerSide, RESTART_GRACE_MS } from './direction.ts'

const grace = DIAL_GRACE_MS
const never = undefined

describe('L5: who dials', () => {
  it.each([
    // direction, lower, dialed last, dialable → after how long
    ['graceful', true, undefined, true, 0],
    ['graceful', false, undefined, true, grace],
    ['graceful', false, undefined, false, 0],
    ['graceful', true, 'self', true, 0],
    ['graceful', false, 'self', true, 0],
    ['graceful', true, 'peer', true, grace],
    ['graceful', false, 'peer', true, grace],
    ['graceful', true, 'peer', false, 0],
    ['strict', true, undefined, true, 0],
    ['strict', true, 'self', true, 0],
    ['strict', true, 'peer', true, 0],
    ['strict', false, undefined, true, never],
    ['strict', false, 'self', true, never],
    ['strict', false, 'peer', true, never],
    ['strict', false, undefined, false, never],
  ] as const)(
    '%s, lower: %s, dialed last: %s, can be dialed: %s → %s ms',
    (direction, isLower, dialedLast, isDialable, after) => {
      expect(dialGraceMs({ direction, isLower, dialedLast, isReunion: false, isDialable })).toBe(after)
    },
  )

  it('after a restart the higher side waits a moment only, unless the direction is strict', () => {
    const restart = { dialedLast: undefined, isReunion: true, isDialable: true } as const
    expect(dialGraceMs({ ...restart, direction: 'graceful', isLower: true })).toBe(0)
    expect(dialGraceMs({ ...restart, direction: 'graceful', isLower: false })).toBe(RESTART_GRACE_MS)
    expect(dialGraceMs({ ...restart, direction: 'strict', isLower: false })).toBe(never)
    // Once they have met again, a loss is like any other.
    expect(dialGraceMs({ ...restart, dialedLast: 'peer', direction: 'graceful', isLower: false })).toBe(grace)
  })

  it('of two sides exactly one dials at once, whatever happened before, if both agree on it', () => {
    for (const dialedLast of [undefined, 'self', 'peer'] as const) {
      for (const isLower of [true, false]) {
        for (const direction of ['graceful', 'strict'] as const) {
          for (const isReunion of [true, false]) {
            const both = { direction, isReunion, isDialable: true }
            const mirrored = dialedLast === undefined ? undefined : dialedLast === 'self' ? 'peer' : 'self'
            const own = dialGraceMs({ ...both, isLower, dialedLast })
            const peers = dialGraceMs({ ...both, isLower: !isLower, dialedLast: mirrored })
            expect([own, peers].filter((ms) => ms === 0)).toHaveLength(1)
          }
        }
      }
    }
  })
})

describe('L5: the lower side', () => {
  it.each<readonly [DialOrder, string | undefined, string | undefined, boolean | 'by id']>([
    ['id', 'tcp://10.0.0.1:1', 'tcp://10.0.0.2:1', 'by id'],
    ['address', 'tcp://10.0.0.1:1', 'tcp://10.0.0.2:1', true],
    ['address', 'tcp://100.0.0.1:1', 'tcp://50.0.0.1:1', false],
    ['address', 'tcp://127.0.0.1:4001', 'tcp://127.0.0.1:10000', true],
    ['address', 'tcp://[2001:db8::9]:1', 'tcp://[2001:db8::10]:1', true],
    ['address', 'tcp://[2001:db8::9]:1', 'tcp://10.0.0.1:1', false],
    ['address', 'tcp://127.0.0.1:4001', 'tcp://127.0.0.1:4001', 'by id'],
    ['address', 'tcp://alice.example:1', 'tcp://10.0.0.1:1', 'by id'],
    ['address', undefined, 'tcp://10.0.0.1:1', 'by id'],
    ['address', 'tcp://10.0.0.1:1', undefined, 'by id'],
  ])('by %s, of %s and %s: %s', (order, ownAddress, peerAddress, expected) => {
    for (const isLowerById of [true, false]) {
      const isLower = expected === 'by id' ? isLowerById : expected
      expect(isLowerSide({ order, isLowerById, ownAddress, peerAddress })).toBe(isLower)
      // The other side comes to the opposite.
      expect(isLowerSide({ order, isLowerById: !isLowerById, ownAddress: peerAddress, peerAddress: ownAddress })).toBe(
        !isLower,
      )
    }
  })
})

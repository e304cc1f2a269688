import { array, assert, boolean, constantFrom, integer, property, record, shuffledSubarray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Band, isPoor } from '../health/band.ts'
import type { SessionLink } from './link.ts'
import { carriersOf, isAhead, leadAfter, preferredLink } from './link-choice.ts'
import { redundantLinks, wantsAnother } from './redundancy.ts'

interface LinkView {
  readonly id: number
  readonly suspect?: boolean
  readonly hedged?: boolean
  readonly rank?: number
  readonly dialedBySelf?: boolean
  readonly attachedOrder?: number
  readonly heardOrder?: number
  readonly score?: number
  readonly band?: Band | undefined
  readonly lead?: number
}

/** A link as its session sees it, reduced to what the choice looks at. */
const view = ({ suspect = false, score, band, ...link }: LinkView): SessionLink =>
  ({
    rank: 0,
    hedged: false,
    dialedBySelf: true,
    dialedByLower: (link.id & 1) === 1,
    attachedOrder: 0,
    heardOrder: 0,
    recoveryPing: Infinity,
    lead: 0,
    ...link,
    liveness: { suspect },
    isPoor: !suspect && isPoor(band),
    health: { score: () => (suspect ? 0 : score), probes: 1 },
  }) as unknown as SessionLink

describe('the link that carries frames', () => {
  it('is the only one there is, whatever is wrong with it', () => {
    const only = view({ id: 1, suspect: true, hedged: true, rank: 1 })
    expect(preferredLink([only], undefined)).toBe(only)
    expect(preferredLink([], only)).toBeUndefined()
  })

  it('is a healthy one, then one that answers, then the better kind, then the current one, then the older one', () => {
    const older = view({ id: 1 })
    const younger = view({ id: 3 })
    expect(preferredLink([older, younger], undefined)).toBe(older)
    expect(preferredLink([older, younger], younger)).toBe(younger)
    const relayed = view({ id: 5, rank: 1 })
    expect(preferredLink([relayed, older], relayed)).toBe(older)
    const hedged = view({ id: 7, hedged: true })
    expect(preferredLink([hedged, relayed], hedged)).toBe(relayed)
    const suspect = view({ id: 9, suspect: true })
    expect(preferredLink([suspect, hedged], suspect)).toBe(hedged)
  })

  it('does not move between links that are alike', () => {
    const links = array(
      record({ id: integer(), rank: integer({ min: 0, max: 1 }), suspect: boolean(), hedged: boolean() }),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    assert(
      property(links, (list) => {
        const views = list.map(view)
        const chosen = preferredLink(views, undefined)
        expect(preferredLink(views, chosen)).toBe(chosen)
        expect(preferredLink(views.toReversed(), chosen)).toBe(chosen)
      }),
    )
  })
})

describe('M1: a link of the same kind that does better', () => {
  const current = view({ id: 1, score: 50 })

  it('is ahead from 20 % on', () => {
    for (let score = 5; score <= 80; score += 5) {
      const limit = score + score / 5
      expect(isAhead(view({ id: 3, score: limit }), view({ id: 1, score }))).toBe(true)
      expect(isAhead(view({ id: 3, score: limit - 1 }), view({ id: 1, score }))).toBe(false)
    }
    expect(isAhead(view({ id: 3, score: 0 }), view({ id: 1, score: 0 }))).toBe(false)
    expect(isAhead(view({ id: 3, score: 1 }), view({ id: 1, score: 0 }))).toBe(true)
  })

  it('is not ahead of what nothing is known of, nor while it is in doubt, nor of another kind', () => {
    expect(isAhead(view({ id: 3, score: 90 }), view({ id: 1 }))).toBe(false)
    expect(isAhead(view({ id: 3 }), current)).toBe(false)
    expect(isAhead(view({ id: 3, score: 90, suspect: true }), current)).toBe(false)
    expect(isAhead(view({ id: 3, score: 90, hedged: true }), current)).toBe(false)
    expect(isAhead(view({ id: 3, score: 90, rank: 1 }), current)).toBe(false)
    expect(isAhead(current, current)).toBe(false)
  })

  it('takes over at its third sample in a row, and one that is not better makes it begin anew', () => {
    const follow = (...scores: number[]): number =>
      scores.reduce((lead, score) => leadAfter(view({ id: 3, score, lead }), current), 0)
    expect(follow(60, 60)).toBe(2)
    expect(follow(60, 60, 60)).toBe(3)
    expect(follow(60, 60, 59, 60)).toBe(1)
    expect(preferredLink([current, view({ id: 3, score: 60, lead: 2 })], current)).toBe(current)
    const leader = view({ id: 3, score: 60, lead: 3 })
    expect(preferredLink([current, leader], current)).toBe(leader)
  })

  it('never takes over from a better kind, or while it is in doubt', () => {
    const leader = { id: 3, score: 90, lead: 9 }
    for (const worse of [{ rank: 1 }, { suspect: true }, { hedged: true }])
      expect(preferredLink([current, view({ ...leader, ...worse })], current)).toBe(current)
  })

  it('is chosen at once when the active one is gone', () => {
    const [bad, good, unknown] = [view({ id: 1, score: 40 }), view({ id: 3, score: 41 }), view({ id: 5 })]
    expect(preferredLink([unknown, bad, good], undefined)).toBe(good)
    expect(preferredLink([unknown, bad], undefined)).toBe(bad)
  })

  it('is not changed for again at scores that waver around each other', () => {
    const wavering = array(integer({ min: 50, max: 59 }), { minLength: 6, maxLength: 60 })
    assert(
      property(wavering, (scores) => {
        let lead = 0
        for (const [at, score] of scores.entries()) {
          if (at % 2 === 0) lead = leadAfter(view({ id: 3, score, lead }), view({ id: 1, score: scores[at + 1] ?? 50 }))
          expect(lead).toBe(0)
        }
      }),
    )
  })
})

describe('the links that share the load', () => {
  it('are those least in doubt, and of them those of the best kind', () => {
    const [one, two] = [view({ id: 1 }), view({ id: 3 })]
    const [relayed, hedged] = [view({ id: 5, rank: 1 }), view({ id: 7, hedged: true })]
    const suspects = [view({ id: 9, suspect: true }), view({ id: 11, suspect: true })]
    expect(carriersOf([one, relayed, hedged, two, ...suspects])).toEqual([one, two])
    expect(carriersOf([relayed, hedged, ...suspects])).toEqual([relayed])
    expect(carriersOf([hedged, ...suspects])).toEqual([hedged])
    expect(carriersOf(suspects)).toEqual(suspects)
    expect(carriersOf([])).toEqual([])
  })
})

describe('another link', () => {
  it('is wanted while too few serve, but not beyond one more than that', () => {
    const [good, poor, suspect] = [view({ id: 1 }), view({ id: 3, band: 'poor' }), view({ id: 5, suspect: true })]
    expect(wantsAnother([], 1)).toBe(true)
    expect(wantsAnother([good], 1)).toBe(false)
    expect(wantsAnother([suspect], 1)).toBe(true)
    expect(wantsAnother([poor], 1)).toBe(true)
    expect(wantsAnother([poor, good], 1)).toBe(false)
    expect(wantsAnother([poor, poor], 1)).toBe(false)
    expect(wantsAnother([poor, good], 2)).toBe(true)
    expect(wantsAnother([poor, poor, good], 2)).toBe(false)
  })
})

describe('a link that is closed as superfluous', () => {
  const lower = { id: 3, dialedBySelf: true }

  it('is, of two that crossed, the one of the higher side, which closes it itself', () => {
    const atHigher = [
      view({ id: 3, dialedBySelf: false, attachedOrder: 1, heardOrder: 5 }),
      view({ id: 2, dialedBySelf: true, attachedOrder: 2, heardOrder: 6 }),
    ]
    expect(redundantLinks(atHigher, false, 1)).toEqual([atHigher[1]])
    const atLower = [
      view({ ...lower, attachedOrder: 1, heardOrder: 5 }),
      view({ id: 2, dialedBySelf: false, attachedOrder: 2, heardOrder: 6 }),
    ]
    expect(redundantLinks(atLower, true, 1)).toEqual([])
  })

  it('stays until the other one was heard since both were attached', () => {
    const [keeper, extra] = [
      { id: 3, dialedBySelf: false, attachedOrder: 1 },
      { id: 2, dialedBySelf: true, attachedOrder: 4, heardOrder: 9 },
    ]
    expect(redundantLinks([view({ ...keeper, heardOrder: 3 }), view(extra)], false, 1)).toEqual([])
    expect(redundantLinks([view({ ...keeper, heardOrder: 5 }), view(extra)], false, 1)).toHaveLength(1)
  })

  it('stays beside one that is suspect, or of another kind', () => {
    const extra = view({ id: 2, attachedOrder: 2, heardOrder: 9 })
    const keeper = { id: 3, dialedBySelf: false, attachedOrder: 1, heardOrder: 9 }
    expect(redundantLinks([view({ ...keeper, suspect: true }), extra], false, 1)).toEqual([])
    expect(redundantLinks([view({ ...keeper, rank: 1 }), extra], false, 1)).toEqual([])
  })

  it('is, of those of one side, the youngest beyond the number that is wanted', () => {
    const links = [1, 2, 3].map((order) => view({ id: 2 * order + 1, attachedOrder: order, heardOrder: 9 + order }))
    expect(redundantLinks(links, true, 1)).toEqual(links.slice(1))
    expect(redundantLinks(links, true, 2)).toEqual(links.slice(2))
    expect(redundantLinks(links, true, 3)).toEqual([])
  })

  it('stays beside a poor one, that goes when its dialer has a good one', () => {
    const poor = view({ id: 3, attachedOrder: 1, heardOrder: 9, band: 'poor' })
    const other = { attachedOrder: 2, heardOrder: 8 }
    expect(redundantLinks([poor, view({ id: 5, ...other })], true, 1)).toEqual([poor])
    expect(redundantLinks([poor, view({ id: 5, ...other, band: 'critical' })], true, 1)).toEqual([])
    expect(redundantLinks([poor, view({ id: 5, ...other, heardOrder: 1 })], true, 1)).toEqual([])
    expect(redundantLinks([poor, view({ id: 5, ...other, suspect: true })], true, 1)).toEqual([])
    // To the higher side the poor one may be good, and then it closes its own.
    expect(redundantLinks([poor, view({ id: 2, ...other, dialedBySelf: false })], true, 1)).toEqual([])
    const ofLower = { id: 3, attachedOrder: 1, heardOrder: 9, dialedBySelf: false }
    const own = view({ id: 2, ...other })
    expect(redundantLinks([view({ ...ofLower, band: 'poor' }), own], false, 1)).toEqual([])
    expect(redundantLinks([view({ ...ofLower, band: 'fair' }), own], false, 1)).toEqual([own])
    const ownPoor = view({ id: 2, ...other, band: 'poor' })
    expect(redundantLinks([view(ofLower), ownPoor], false, 1)).toEqual([ownPoor])
  })

  it('is, of poor ones, each beyond one more than is wanted', () => {
    const links = [1, 2, 3, 4].map((order) =>
      view({ id: 2 * order + 1, attachedOrder: order, heardOrder: 9 + order, band: 'poor' }),
    )
    expect(redundantLinks(links, true, 1)).toEqual(links.slice(2))
    expect(redundantLinks(links, true, 2)).toEqual(links.slice(3))
  })

  it('is never the last one, though both sides judge at the same time by what each has heard', () => {
    const orders = {
      attachedOrder: integer({ min: 0, max: 9 }),
      heardOrder: integer({ min: 0, max: 12 }),
      suspect: boolean(),
      band: constantFrom('good' as const, 'poor' as const, undefined),
    }
    const link = record({ byLower: boolean(), atLower: record(orders), atHigher: record(orders) })
    assert(
      property(array(link, { minLength: 1, maxLength: 5 }), integer({ min: 1, max: 2 }), (list, wanted) => {
        const ids = list.map(({ byLower }, at) => 2 * at + (byLower ? 1 : 0))
        const views = (side: 'atLower' | 'atHigher'): SessionLink[] =>
          list.map((each, at) =>
            view({ id: ids[at]!, dialedBySelf: each.byLower === (side === 'atLower'), ...each[side] }),
          )
        const closed = [
          ...redundantLinks(views('atLower'), true, wanted),
          ...redundantLinks(views('atHigher'), false, wanted),
        ].map(({ id }) => id)
        expect(new Set(closed).size).toBe(closed.length)
        expect(closed.length).toBeLessThan(ids.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves one or two in the end, whatever each side thinks of each link', () => {
    const link = record({ byLower: boolean(), poorAtLower: boolean(), poorAtHigher: boolean() })
    assert(
      property(
        shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
        array(link, { minLength: 2, maxLength: 6 }),
        (order, list) => {
          let left = list.map((each, at) => ({ ...each, id: 2 * at + (each.byLower ? 1 : 0) }))
          const viewOf = (side: 'lower' | 'higher'): SessionLink[] =>
            order
              .flatMap((at) => left.filter(({ id }) => id >> 1 === at))
              .map((each) =>
                view({
                  id: each.id,
                  dialedBySelf: each.byLower === (side === 'lower'),
                  attachedOrder: 1,
                  heardOrder: 2,
                  band: (side === 'lower' ? each.poorAtLower : each.poorAtHigher) ? 'poor' : 'good',
                }),
              )
          for (let round = 0; round < list.length; round++) {
            const closed = [...redundantLinks(viewOf('lower'), true, 1), ...redundantLinks(viewOf('higher'), false, 1)]
            left = left.filter(({ id }) => !closed.some((one) => one.id === id))
          }
          expect(left.length).toBeGreaterThan(0)
          expect(left.length).toBeLessThanOrEqual(2)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('is not the last one either where the two sides know the links in another order', () => {
    const ids = [1, 2, 3, 4, 5, 6]
    assert(
      property(shuffledSubarray(ids, { minLength: 1 }), shuffledSubarray(ids, { minLength: 6 }), (known, order) => {
        const alive = { attachedOrder: 1, heardOrder: 2 }
        const atLower = known.map((id) => view({ id, dialedBySelf: (id & 1) === 1, ...alive }))
        const atHigher = order
          .filter((id) => known.includes(id))
          .map((id) => view({ id, dialedBySelf: (id & 1) === 0, ...alive }))
        const closed = [...redundantLinks(atLower, true, 1), ...redundantLinks(atHigher, false, 1)]
        expect(closed.length).toBe(known.length - 1)
      }),
    )
  })
})

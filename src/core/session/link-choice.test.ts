import { array, assert, boolean, integer, property, record, shuffledSubarray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionLink } from './link.ts'
import { preferredLink } from './link-choice.ts'
import { redundantLinks } from './redundancy.ts'

interface LinkView {
  readonly id: number
  readonly suspect?: boolean
  readonly hedged?: boolean
  readonly rank?: number
  readonly dialedBySelf?: boolean
  readonly attachedOrder?: number
  readonly heardOrder?: number
}

/** A link as its session sees it, reduced to what the choice looks at. */
const view = ({ suspect = false, ...link }: LinkView): SessionLink =>
  ({
    rank: 0,
    hedged: false,
    dialedBySelf: true,
    dialedByLower: (link.id & 1) === 1,
    attachedOrder: 0,
    heardOrder: 0,
    ...link,
    liveness: { suspect },
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

  it('is never the last one, though both sides judge at the same time by what each has heard', () => {
    const orders = {
      attachedOrder: integer({ min: 0, max: 9 }),
      heardOrder: integer({ min: 0, max: 12 }),
      suspect: boolean(),
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

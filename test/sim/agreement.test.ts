import { describe, expect, it } from 'vitest'
import { lastingOneSidedLinks, sharedLinks } from './agreement.ts'

describe('both sides of a pair agree on their links', () => {
  it('does not ask it of a link whose CLOSE is on its way, nor count that as one too many', () => {
    const before = { here: [19, 21, 76], there: [19, 21, 76] }
    const closing = { here: [19, 21, 76], there: [19, 21] }
    expect(lastingOneSidedLinks(before, closing)).toEqual([])
    expect(sharedLinks(closing)).toEqual([19, 21])
  })

  it('does not ask it of a link that the answer to its dial has yet to reach', () => {
    expect(lastingOneSidedLinks({ here: [19], there: [19, 21] }, { here: [19, 21], there: [19, 21] })).toEqual([])
    expect(sharedLinks({ here: [19], there: [19, 21] })).toEqual([19])
  })

  it('notices a link that one side alone keeps', () => {
    const before = { here: [19, 21, 76], there: [19, 21] }
    expect(lastingOneSidedLinks(before, before)).toEqual([76])
  })

  it('notices links that differ though each side has as many', () => {
    const before = { here: [19, 21], there: [19, 76] }
    expect(lastingOneSidedLinks(before, before)).toEqual([21, 76])
  })

  it('asks nothing of a node that was down', () => {
    const now = { here: [19], there: [] }
    expect(lastingOneSidedLinks(undefined, now)).toEqual([])
    expect(lastingOneSidedLinks(now, undefined)).toEqual([])
  })
})

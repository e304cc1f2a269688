import { describe, expect, it } from 'vitest'
import { firstAfter, longestGap } from './arrivals.ts'

const arrivals = [100, 110, 120, 420, 430, 440]

describe('the longest gap', () => {
  it('begins with what came last before the moment', () => {
    expect(longestGap(arrivals, 125, 445)).toBe(300)
  })

  it('lasts to the end if nothing comes', () => {
    expect(longestGap(arrivals, 125, 1_000)).toBe(560)
    expect(longestGap([], 100, 150)).toBe(50)
  })

  it('is looked for only up to the end', () => {
    expect(longestGap(arrivals, 95, 121)).toBe(10)
  })
})

describe('the first arrival', () => {
  it('is counted from the moment', () => {
    expect(firstAfter(arrivals, 130)).toBe(290)
    expect(firstAfter(arrivals, 441)).toBeNull()
  })
})

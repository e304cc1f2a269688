import { describe, expect, it } from 'vitest'
import { evaluateMesh, type LinkEvent } from './timeline.ts'

/** Both sides of a link that comes or goes. */
function both(atMs: number, dialer: number, other: number, change: 1 | -1 = 1): LinkEvent[] {
  return [
    [atMs, dialer, other, change, 1],
    [atMs + 1, other, dialer, change, 0],
  ]
}

describe('a mesh', () => {
  it('stands when each pair has one link at both sides', () => {
    const events = [...both(110, 0, 1), ...both(130, 2, 0), ...both(120, 1, 2)]
    expect(evaluateMesh(3, 100, events)).toEqual({
      nodes: 3,
      links: 3,
      duplicates: 0,
      lost: 0,
      extraLinks: 0,
      connectedMs: 31,
      fullMeshMs: 31,
    })
  })

  it('does not stand while a pair has two, and counts the one too many', () => {
    const events = [...both(110, 0, 1), ...both(112, 1, 0), ...both(150, 1, 0, -1)]
    // For one moment after the first link, the first pair was as it should be.
    expect(evaluateMesh(2, 100, events)).toMatchObject({ links: 1, extraLinks: 1, duplicates: 1, fullMeshMs: 11 })
    const crossing: LinkEvent[] = [
      [110, 0, 1, 1, 1],
      [111, 0, 1, 1, 0],
      [112, 1, 0, 1, 1],
      [113, 1, 0, 1, 0],
      [120, 1, 0, -1, 1],
      [121, 0, 1, -1, 0],
    ]
    const result = evaluateMesh(2, 100, crossing)
    expect(result).toMatchObject({ links: 1, extraLinks: 1, duplicates: 0, connectedMs: 12, fullMeshMs: 21 })
  })

  it('counts pairs that were lost after it stood', () => {
    const events = [...both(110, 0, 1), ...both(150, 0, 1, -1), ...both(160, 1, 0)]
    expect(evaluateMesh(2, 100, events)).toMatchObject({ links: 1, lost: 1, duplicates: 0, extraLinks: 1 })
  })

  it('may never stand', () => {
    expect(evaluateMesh(3, 100, both(110, 0, 1)).fullMeshMs).toBeNull()
  })
})

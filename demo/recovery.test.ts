import { describe, expect, it } from 'vitest'
import { Recovery } from './recovery.ts'

describe('Recovery', () => {
  it('is the time until bytes have moved in both directions', () => {
    const recovery = new Recovery(1_000, false)
    expect(recovery.moved('out', 1_010)).toBeUndefined()
    expect(recovery.moved('out', 1_020)).toBeUndefined()
    expect(recovery.moved('back', 1_035)).toBe(35)
  })

  it('does not count what arrived before the network was back', () => {
    const recovery = new Recovery(1_000, false)
    recovery.moved('back', 999)
    expect(recovery.moved('out', 1_010)).toBeUndefined()
    expect(recovery.moved('back', 1_011)).toBe(11)
  })

  it('does not count what dead connections had left in buffers', () => {
    const recovery = new Recovery(1_000, true)
    recovery.connected(999)
    recovery.moved('out', 1_005)
    expect(recovery.moved('back', 1_006)).toBeUndefined()
    recovery.connected(1_020)
    recovery.moved('out', 1_025)
    expect(recovery.moved('back', 1_026)).toBe(26)
  })

  it('counts the later direction, whichever is reported last', () => {
    const recovery = new Recovery(1_000, false)
    recovery.moved('back', 1_050)
    expect(recovery.moved('out', 1_010)).toBe(50)
  })
})

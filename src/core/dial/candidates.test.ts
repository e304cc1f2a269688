import { describe, expect, it } from 'vitest'
import type { AddressStanding, RankedAddress } from './address-book.ts'
import { type DialCandidate, dialCandidates } from './candidates.ts'

const ranked = (standing: AddressStanding, ...addresses: string[]): RankedAddress[] =>
  addresses.map((address) => ({ address, standing }))
const four = (host: number): string => `tcp://192.0.2.${host}:1`
const six = (host: number): string => `tcp://[2001:db8::${host}]:1`
const places = (candidates: readonly DialCandidate[]): string[] =>
  candidates.map(({ address, localAddress }) => (localAddress === undefined ? address : `${localAddress} → ${address}`))

describe('M2: the candidates of a race', () => {
  it('let the families take turns, the first one first', () => {
    const all = ranked('good', four(1), four(2), four(3), six(1), 'tcp://alice.example:1')
    expect(places(dialCandidates(all, [], []))).toEqual([four(1), six(1), 'tcp://alice.example:1', four(2), four(3)])
  })

  it('do not mix good addresses with bad ones', () => {
    const all = [...ranked('good', four(1), four(2)), ...ranked('unproven', six(1))]
    expect(places(dialCandidates(all, [], []))).toEqual([four(1), four(2), six(1)])
  })

  it('are each address from each local address of its family', () => {
    const all = ranked('good', four(1), six(1), 'tcp://alice.example:1', 'relay://r:1')
    expect(places(dialCandidates(all, ['10.0.0.1', '10.1.0.1', 'fd00::1'], []))).toEqual([
      `10.0.0.1 → ${four(1)}`,
      `10.1.0.1 → ${four(1)}`,
      `fd00::1 → ${six(1)}`,
      '10.0.0.1 → tcp://alice.example:1',
      '10.1.0.1 → tcp://alice.example:1',
      'fd00::1 → tcp://alice.example:1',
      'relay://r:1',
    ])
  })

  it('have those last that are links already, for when these hang', () => {
    const all = ranked('good', four(1), four(2))
    expect(places(dialCandidates(all, [], [{ address: four(1), localAddress: '10.0.0.1' }]))).toEqual([
      four(2),
      four(1),
    ])
  })

  it('go over the other interface for a second link, and to another address', () => {
    const all = ranked('good', four(1), four(2))
    const inUse = [{ address: four(1), localAddress: '10.0.0.1' }]
    expect(places(dialCandidates(all, ['10.0.0.1', '10.1.0.1'], inUse))).toEqual([
      `10.1.0.1 → ${four(2)}`,
      `10.1.0.1 → ${four(1)}`,
      `10.0.0.1 → ${four(2)}`,
      `10.0.0.1 → ${four(1)}`,
    ])
  })

  it('may be none', () => {
    expect(dialCandidates([], ['10.0.0.1'], [])).toEqual([])
    expect(dialCandidates(ranked('good', six(1)), ['10.0.0.1'], [])).toEqual([])
  })
})

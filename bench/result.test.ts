import { describe, expect, it } from 'vitest'
import type { ContestantName } from './contestant.ts'
import type { Sample } from './measure.ts'
import { bulk } from './measures/bulk.ts'
import { idleMemory } from './measures/idle-memory.ts'
import { recovery } from './measures/recovery.ts'
import { table } from './report.ts'
import { evaluate } from './result.ts'
import type { Outcome } from './rounds.ts'

function outcomes(samples: Partial<Record<ContestantName, (Sample | undefined)[]>>) {
  const entries = Object.entries(samples) as [ContestantName, (Sample | undefined)[]][]
  return new Map<ContestantName, Outcome<Sample>>(
    entries.map(([name, values]) => [name, { samples: values, failure: undefined }]),
  )
}

function samples(...values: number[]): Sample[] {
  return values.map((value) => ({ value }))
}

describe('evaluate', () => {
  it('forms ratios within rounds, not between medians', () => {
    const result = evaluate(bulk, outcomes({ holdfast: samples(50, 100, 200), tls: samples(100, 100, 400) }))
    expect(result.holdfast).toBe(100)
    expect(result.tls).toBe(100)
    expect(result.ratioToTls?.median).toBe(0.5)
    expect(result.promise?.met).toBe(false)
  })

  it('leaves out rounds in which one of the two has no sample', () => {
    const result = evaluate(
      bulk,
      outcomes({ holdfast: [{ value: 1 }, undefined, { value: 3 }], tls: samples(1, 1, 1) }),
    )
    expect(result.rounds).toBe(2)
    expect(result.ratioToTls?.median).toBe(2)
  })

  it('judges recovery by the handshake of the same round', () => {
    const tls = [2, 4, 2].map((handshakeMs) => ({ value: 9, handshakeMs }))
    const result = evaluate(recovery, outcomes({ holdfast: samples(4, 8, 4), tls }))
    expect(result.tlsHandshake).toBe(2)
    expect(result.ratioToTlsHandshake).toEqual({ median: 2, low: 2, high: 2 })
    expect(result.promise?.met).toBe(true)
  })

  it('judges memory by the difference', () => {
    const result = evaluate(idleMemory, outcomes({ holdfast: samples(75, 80), tls: samples(60, 60) }))
    expect(result.differenceToTls?.median).toBe(17.5)
    expect(result.promise?.met).toBe(false)
  })

  it('says nothing where there is nothing to compare', () => {
    const result = evaluate(bulk, outcomes({ tls: samples(1) }))
    expect(result).toMatchObject({ holdfast: null, libp2p: null, ratioToTls: null, promise: { met: null }, rounds: 0 })
  })
})

describe('table', () => {
  it('aligns its columns and gives the reasons below', () => {
    const entries = outcomes({ holdfast: samples(1_000), tls: samples(1_250.4) })
    entries.set('iroh', { samples: [], failure: 'round 1: not installed' })
    expect(table(new Map([[bulk, evaluate(bulk, entries)]]))).toMatchInlineSnapshot(`
      "                  holdfast    tls  libp2p  iroh  holdfast ÷ tls       libp2p ÷ tls  iroh ÷ tls  promise
      one stream, MB/s     1,000  1,250       –     –  0.80 (0.80 to 0.80)  –             –           ≥ 0.95 × tls  MISSED

      one stream, MB/s – iroh has no value or stopped early: round 1: not installed"
    `)
  })
})

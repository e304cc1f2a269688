import { describe, expect, it } from 'vitest'
import type { FaultRecord } from './board.ts'
import { judge, type Measured } from './result.ts'
import { schedule } from './schedule.ts'
import type { Check } from './verifier.ts'

const check: Check = { bytes: 1_000, sha256: 'aa', lost: 0, duplicated: 0, reordered: 0, corrupted: 0 }
const records = schedule(1, 20).map(
  (fault, index): FaultRecord => ({ fault, struckAtMs: 0, liftedAtMs: 0, recoveryMs: (index + 1) * 10 }),
)
const measured: Measured = {
  seed: 1,
  secondsAsked: 20,
  seconds: 20.04,
  size: 1_000,
  arrived: { out: 1_000, back: 1_000 },
  sourceSha256: 'aa',
  out: check,
  back: check,
  sessions: 1,
  streamsOpened: 1,
  records,
  losses: { 'connection-reset': 2, 'no-answer': 1 },
  worstScore: 41.6,
  failure: undefined,
}

describe('judge', () => {
  it('prints exactly what is promised', () => {
    expect(judge(measured)).toEqual({
      ok: true,
      seconds: 20,
      bytes: 1_000,
      sha256Equal: true,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      sessions: 1,
      streamsOpened: 1,
      faults: { cut: 1, reset: 1, blackHole: 1, oneWay: 1, freeze: 1, refuse: 1, drip: 1 },
      recoveryMs: { p50: 40, p99: 70, max: 70 },
      losses: { 'connection-reset': 2, 'no-answer': 1 },
      worstScore: 42,
      seed: 1,
    })
  })

  it.each<[string, Partial<Measured>]>([
    ['another hash out', { out: { ...check, sha256: 'bb' } }],
    ['another hash back', { back: { ...check, sha256: 'bb' } }],
    ['a lost byte', { out: { ...check, lost: 1 } }],
    ['a doubled byte', { back: { ...check, duplicated: 1 } }],
    ['a byte out of order', { back: { ...check, reordered: 1 } }],
    ['a foreign byte', { out: { ...check, corrupted: 1 } }],
    ['a second session', { sessions: 2 }],
    ['a second stream', { streamsOpened: 2 }],
    ['a kind of fault that did not strike', { records: records.slice(1) }],
    ['a failure', { failure: 'the sender ended' }],
  ])('is not ok with %s', (_, change) => {
    expect(judge({ ...measured, ...change }).ok).toBe(false)
  })

  it('has no worst score where nothing was measured', () => {
    expect(judge({ ...measured, losses: {}, worstScore: undefined })).toMatchObject({ losses: {}, worstScore: null })
  })

  it('needs no fault below 20 seconds', () => {
    const result = judge({ ...measured, secondsAsked: 19, records: [] })
    expect(result).toMatchObject({ ok: true, recoveryMs: { p50: null, p99: null, max: null } })
  })

  it('counts what had not arrived as lost when the run broke off', () => {
    const broken = { out: undefined, back: undefined, arrived: { out: 900, back: 800 }, failure: 'died' }
    expect(judge({ ...measured, ...broken })).toMatchObject({ ok: false, lost: 300, error: 'died' })
  })
})

import { expect, test } from 'vitest'
import { PingStatistics, pingLine } from './ping-report.ts'

test('counts and measures as ping does', () => {
  const statistics = new PingStatistics()
  for (const [at, roundTripMs] of [10, 14, 12].entries())
    statistics.add({ sequence: at + 1, roundTripMs, address: null })
  statistics.add({ sequence: 4, lost: 'within 5 s' })
  const { mdevMs, ...summary } = statistics.summary()
  expect(summary).toEqual({ sent: 4, received: 3, loss: 0.25, minMs: 10, avgMs: 12, maxMs: 14, jitterMs: 3 })
  expect(mdevMs).toBeCloseTo(1.633, 3)
  expect(statistics.lines('bob', 3_004.2)).toEqual([
    '--- bob ping statistics ---',
    '4 sent, 3 received, 25% lost, time 3004 ms',
    'rtt min/avg/max/mdev = 10.000/12.000/14.000/1.633 ms, jitter 3.000 ms',
  ])
})

test('has no times where nothing came back', () => {
  const statistics = new PingStatistics()
  statistics.add({ sequence: 1, lost: 'within 5 s' })
  expect(statistics.summary()).toMatchObject({ sent: 1, received: 0, loss: 1, avgMs: null, jitterMs: null })
  expect(statistics.lines('bob', 5_000)).toHaveLength(2)
})

test('a line for each', () => {
  expect(pingLine('bob', { sequence: 1, roundTripMs: 0.4321, address: 'tcp://192.0.2.7:4100' })).toBe(
    'answer from bob: seq=1 time=0.432 ms over tcp://192.0.2.7:4100',
  )
  expect(pingLine('bob', { sequence: 2, lost: 'within 5 s' })).toBe('no answer from bob: seq=2 within 5 s')
})

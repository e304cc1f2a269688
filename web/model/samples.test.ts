import { expect, test } from 'vitest'
import type { PeerView } from '../../src/daemon/contract/peer.ts'
import { HOUR_MS, Samples } from './samples.ts'

function peer(lastProbeMs: number | null, score: number | null = 90): PeerView {
  return { id: 'hf1bob', health: { lastProbeMs, score, roundTripMs: 5 } } as PeerView
}

const timesOf = (samples: Samples): number[] => samples.withHistory('hf1bob', []).map(({ atMs }) => atMs)

test('what is read again without a new probe is no sample', () => {
  const samples = new Samples()
  samples.take([peer(900)], 1_000)
  samples.take([peer(900)], 3_000)
  samples.take([peer(4_900)], 5_000)
  // A link that falls silent loses its score without a probe.
  samples.take([peer(4_900, 0)], 7_000)
  expect(timesOf(samples)).toEqual([1_000, 5_000, 7_000])
})

test('a peer without a probe or a link has none', () => {
  const samples = new Samples()
  samples.take([peer(null)], 1_000)
  samples.take([peer(900, null)], 2_000)
  expect(timesOf(samples)).toEqual([])
})

test('an hour is kept, and nothing of a peer that is gone', () => {
  const samples = new Samples()
  samples.take([peer(1)], 1_000)
  samples.take([peer(2)], HOUR_MS + 2_000)
  expect(timesOf(samples)).toEqual([HOUR_MS + 2_000])
  samples.take([], HOUR_MS + 3_000)
  expect(timesOf(samples)).toEqual([])
})

test("the daemon's history fills in where the page was not looking", () => {
  const samples = new Samples()
  samples.take([peer(1)], 65_000)
  const history = [0, 30_000, 60_000, 90_000].map((atMs) => ({ atMs, score: 50, roundTripMs: 9 }))
  const all = samples.withHistory('hf1bob', history)
  expect(all.map(({ atMs, score }) => [atMs, score])).toEqual([
    [0, 50],
    [30_000, 50],
    [65_000, 90],
    [90_000, 50],
  ])
})

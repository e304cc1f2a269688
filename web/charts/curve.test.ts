import { expect, test } from 'vitest'
import type { Sample } from '../model/samples.ts'
import { curve } from './curve.ts'

const at = (...seconds: number[]): Sample[] =>
  seconds.map((second) => ({ atMs: second * 1_000, score: 90, roundTripMs: second }))

const roundTrip = ({ roundTripMs }: Sample): number | null => roundTripMs

test('samples that are near each other are joined', () => {
  expect(curve(at(0, 30, 174), roundTrip, [])).toEqual({ xs: [0, 30, 174], ys: [0, 30, 174] })
})

test('a time without a sample is a gap', () => {
  expect(curve(at(0, 200, 230), roundTrip, [])).toEqual({ xs: [0, 100, 200, 230], ys: [0, null, 200, 230] })
})

test('while the peer was away there is a gap, however short', () => {
  const aways = [{ fromMs: 11_000, toMs: 12_000 }]
  expect(curve(at(10, 14, 16), roundTrip, aways)).toEqual({ xs: [10, 12, 14, 16], ys: [10, null, 14, 16] })
})

test('an outage that goes on breaks nothing before it', () => {
  const aways = [{ fromMs: 20_000, toMs: null }]
  expect(curve(at(10, 14, 16), roundTrip, aways).ys).toEqual([10, 14, 16])
})

test('nothing measured makes no curve', () => {
  expect(curve([], roundTrip, [])).toEqual({ xs: [], ys: [] })
})

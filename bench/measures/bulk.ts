import type { Measure } from '../measure.ts'
import { startThroughput } from './throughput.ts'

/** Throughput of one stream, in writes of 64 KiB. */
export const bulk: Measure = {
  name: 'bulk',
  label: 'one stream, MB/s',
  unit: 'MB/s',
  promise: { about: 'ratio', bound: 'at least', limit: 0.95 },
  turnMs: 700,
  limitMs: 30_000,
  start: (bench) => startThroughput(bench, 1),
}

import type { Measure } from '../measure.ts'
import { startThroughput } from './throughput.ts'

/**
 * Throughput of 100 streams on one connection; for plain TLS, of 100 connections, which is what a program without
 * streams opens.
 */
export const streams100: Measure = {
  name: 'streams100',
  label: '100 streams together, MB/s',
  unit: 'MB/s',
  note: 'plain TLS: 100 connections',
  turnMs: 2_500,
  limitMs: 60_000,
  start: (bench) => startThroughput(bench, 100),
}

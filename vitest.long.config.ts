import { defineConfig } from 'vitest/config'

/**
 * What would take `npm test` beyond two minutes: the command line in real processes, each start of which costs half a second of processor time, the bench of its edges, the mistakes that the
 * simulation has to notice, a short run of the criteria of success, and the memory that a hostile peer can cost.
 */
export const longTests: string[] = [
  'test/e2e/**/*.test.ts',
  'test/edges/{chat,edges,faults,main}.test.ts',
  'test/sim/mutations.test.ts',
  'test/hostile/memory.test.ts',
  'bench/letter/letter.test.ts',
]

export default defineConfig({
  test: {
    include: longTests,
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

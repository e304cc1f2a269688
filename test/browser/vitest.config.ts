import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/build.ts'],
    pool: 'forks',
    // A browser and two daemons at a time are enough for two cores.
    maxWorkers: 1,
    // Nothing waits that long; a busy machine may.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})

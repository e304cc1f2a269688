import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,test,bench,demo}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Tests open sockets, take signals and start processes: each file gets a process of its own, one per core.
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})

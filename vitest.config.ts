import { defineConfig } from 'vitest/config'
import { longTests } from './vitest.long.config.ts'

/** Tests that leave nothing behind in the process that runs them. */
const inMemory = ['{src/core,src/node,src/format,test/library,test/conformance,web}/**/*.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'in memory',
          include: inMemory,
          // A process takes one file after the other, and loads what they share once.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'with the system',
          // Tests open sockets, take signals and start processes: each file gets a process of its own, one per core.
          include: ['{src,test,bench,demo,scripts}/**/*.test.ts'],
          // Those in a browser are run by `npm run test:browser`, the long ones by `npm run test:long`.
          exclude: ['**/node_modules/**', 'test/browser/**', ...longTests, ...inMemory],
        },
      },
    ],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})

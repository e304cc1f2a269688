import { defineConfig } from 'vitest/config'
import { longTests } from './vitest.long.config.ts'

export default defineConfig({
  test: {
    include: ['{src,web,test,bench,demo}/**/*.test.ts'],
    // Those in a browser are run by `npm run test:browser`, the long ones by `npm run test:long`.
    exclude: ['**/node_modules/**', 'test/browser/**', ...longTests],
    // Tests open sockets, take signals and start processes: each file gets a process of its own, one per core.
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})

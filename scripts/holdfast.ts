// `npm run holdfast`: the command line from source. What a daemon serves to browsers has to be built, so that is done before one starts.
import { buildStaleDashboard } from './build-dashboard.ts'

if (process.argv.includes('up')) await buildStaleDashboard()
await import('../src/cli/main.ts')

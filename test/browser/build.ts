import { buildStaleDashboard } from '../../scripts/build-dashboard.ts'

/** What is tested is what the source says now. */
export async function setup(): Promise<void> {
  await buildStaleDashboard()
}

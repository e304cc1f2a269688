import { type Definition, single } from './definition.ts'

/** Of the process; the names that do not begin with ours are those that exporters of all languages use. */
export const processMetrics: readonly Definition[] = [
  single(
    'holdfast_event_loop_lag_seconds',
    'gauge',
    'How late callbacks came on average since the last scrape.',
    ({ lag }) => lag.meanS,
  ),
  single(
    'holdfast_event_loop_lag_p99_seconds',
    'gauge',
    'The same for the latest hundredth of them.',
    ({ lag }) => lag.p99S,
  ),
  single('holdfast_event_loop_lag_max_seconds', 'gauge', 'The same for the latest one.', ({ lag }) => lag.maxS),
  single('process_cpu_seconds_total', 'counter', 'Time of processors that was used, in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }),
  single('process_resident_memory_bytes', 'gauge', 'Memory that the process has from the system.', () =>
    process.memoryUsage.rss(),
  ),
]

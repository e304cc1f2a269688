import { Counter, Gauge, Registry } from 'prom-client'
import type { Definition } from './definition.ts'
import { EventCounts } from './event-counts.ts'
import { EventLoopLag } from './event-loop-lag.ts'
import { linkMetrics } from './link-metrics.ts'
import { nodeMetrics } from './node-metrics.ts'
import { peerMetrics } from './peer-metrics.ts'
import { processMetrics } from './process-metrics.ts'
import { type MetricsSource, takeSnapshot } from './snapshot.ts'

/** All metrics, in the order in which they are answered. */
export const metricDefinitions: readonly Definition[] = [
  ...nodeMetrics,
  ...peerMetrics,
  ...linkMetrics,
  ...processMetrics,
]

/** The metrics of a daemon, in a registry of their own. */
export class Metrics {
  readonly #source: MetricsSource
  readonly #registry = new Registry()
  readonly #metrics: readonly (readonly [Definition, Counter | Gauge])[]
  readonly #events: EventCounts
  readonly #lag = new EventLoopLag()

  constructor(source: MetricsSource) {
    this.#source = source
    this.#events = new EventCounts(source.events)
    this.#metrics = metricDefinitions.map((definition) => [definition, this.#register(definition)])
  }

  /** The type of what `text` answers. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All of them as they are now, in Prometheus' text format. */
  text(): Promise<string> {
    const snapshot = takeSnapshot(this.#source, this.#events, this.#lag)
    for (const [definition, metric] of this.#metrics) {
      // Counts are kept elsewhere, and read. What is not known any more must not stay as it was.
      metric.reset()
      for (const { value, labels = {} } of definition.read(snapshot)) metric.inc(labels, value)
    }
    return this.#registry.metrics()
  }

  close(): void {
    this.#lag.stop()
  }

  #register({ name, type, help, labels = [] }: Definition): Counter | Gauge {
    const configuration = { name, help, labelNames: [...labels], registers: [this.#registry] }
    return type === 'counter' ? new Counter(configuration) : new Gauge(configuration)
  }
}

import type { Trend } from '../../index.ts'
import type { Definition } from './definition.ts'
import type { LinkSnapshot } from './snapshot.ts'

/** How a trend reads as a number. */
export const trendValues: Readonly<Record<Trend, number>> = { worsening: -1, steady: 0, improving: 1 }

/** Of each link that is shown; a value that is not known has no sample. */
export const linkMetrics: readonly Definition[] = [
  ofLinks('health_score', 'gauge', 'Health of the link, from 0 to 100.', ({ link }) => link.score),
  ofLinks('health_trend', 'gauge', 'Where that moves: 1 improving, 0 steady, -1 worsening.', ({ link }) =>
    link.score === undefined || link.trend === undefined ? undefined : trendValues[link.trend],
  ),
  ofLinks('round_trip_seconds', 'gauge', 'Smoothed round trip of the link.', ({ link }) => seconds(link.roundTripMs)),
  ofLinks('jitter_seconds', 'gauge', 'Smoothed difference from one round trip to the next.', ({ link }) =>
    seconds(link.jitterMs),
  ),
  ofLinks('probe_loss_ratio', 'gauge', 'Share of the last probes without an answer in time.', ({ link }) => link.loss),
  ofLinks(
    'last_check_timestamp_seconds',
    'gauge',
    'When the link last answered a probe, and so how old the figures are, in seconds since 1970.',
    ({ link }) => seconds(link.lastCheckMs),
  ),
  ofLinks('sent_bytes_total', 'counter', 'Bytes of frames given to the link.', ({ link }) => link.bytesSent),
  ofLinks(
    'received_bytes_total',
    'counter',
    'Bytes of frames that came on the link.',
    ({ link }) => link.bytesReceived,
  ),
]

function ofLinks(
  name: string,
  type: Definition['type'],
  help: string,
  read: (link: LinkSnapshot) => number | undefined,
): Definition {
  return {
    name: `holdfast_link_${name}`,
    type,
    help,
    labels: ['peer', 'name', 'link', 'kind', 'direction'],
    read: ({ links }) =>
      links.flatMap((link) => {
        const value = read(link)
        return value === undefined ? [] : [{ value, labels: link.labels }]
      }),
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}

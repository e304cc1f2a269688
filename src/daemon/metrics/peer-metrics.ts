import type { Definition } from './definition.ts'
import { trendValues } from './link-metrics.ts'
import type { PeerSnapshot } from './snapshot.ts'

/** Of each peer that is shown; a value that is not known has no sample. */
export const peerMetrics: readonly Definition[] = [
  ofPeers('connected', 'gauge', 'Whether the peer is connected: 1 or 0.', ({ isConnected }) => Number(isConnected)),
  ofPeers(
    'wanted',
    'gauge',
    'Whether the peer should be connected: held always, neither paused nor blocked.',
    ({ isWanted }) => Number(isWanted),
  ),
  ofPeers('links', 'gauge', 'Links to the peer.', ({ links }) => links),
  ofPeers('health_score', 'gauge', 'Health of the best link to the peer, from 0 to 100.', ({ health }) => health.score),
  ofPeers('health_trend', 'gauge', 'Where that moves: 1 improving, 0 steady, -1 worsening.', ({ health }) =>
    health.score === undefined ? undefined : trendValues[health.trend],
  ),
  ofPeers(
    'delivery_success_ratio',
    'gauge',
    'Share of the probes and dials of the last hour that succeeded.',
    ({ health }) => health.deliverySuccess,
  ),
  {
    name: 'holdfast_peer_path',
    type: 'gauge',
    help: 'Always 1; by what kinds of link the peer is reached as a label: direct, relay, mixed or none.',
    labels: ['peer', 'name', 'path'],
    read: ({ shown }) => shown.map(({ labels, path }) => ({ value: 1, labels: { ...labels, path } })),
  },
  ofPeers('round_trip_seconds', 'gauge', 'Smoothed round trip of the best link.', ({ health }) =>
    seconds(health.roundTripMs),
  ),
  ofPeers('jitter_seconds', 'gauge', 'Smoothed difference from one round trip to the next.', ({ health }) =>
    seconds(health.jitterMs),
  ),
  ofPeers(
    'probe_loss_ratio',
    'gauge',
    'Share of the last probes without an answer in time.',
    ({ health }) => health.loss,
  ),
  ofPeers(
    'sent_bytes_total',
    'counter',
    'Bytes of frames given to links to the peer.',
    ({ counts }) => counts.bytesSent,
  ),
  ofPeers(
    'received_bytes_total',
    'counter',
    'Bytes of frames that came from the peer.',
    ({ counts }) => counts.bytesReceived,
  ),
  ofPeers('streams', 'gauge', 'Streams with the peer that are open.', ({ counts }) => counts.openStreams),
  ofPeers(
    'reconnection_attempts_total',
    'counter',
    'Connections begun to the peer.',
    ({ counts }) => counts.dialAttempts,
  ),
  ofPeers(
    'last_seen_timestamp_seconds',
    'gauge',
    'When the last byte came from the peer, in seconds since 1970.',
    ({ lastSeenMs }) => seconds(lastSeenMs),
  ),
  ofPeers(
    'last_check_timestamp_seconds',
    'gauge',
    'When the best link last answered a probe, and so how old its figures are, in seconds since 1970.',
    ({ health }) => seconds(health.lastCheckMs),
  ),
]

function ofPeers(
  name: string,
  type: Definition['type'],
  help: string,
  read: (peer: PeerSnapshot) => number | undefined,
): Definition {
  return {
    name: `holdfast_peer_${name}`,
    type,
    help,
    labels: ['peer', 'name'],
    read: ({ shown }) =>
      shown.flatMap((peer) => {
        const value = read(peer)
        return value === undefined ? [] : [{ value, labels: peer.labels }]
      }),
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}

import type { PeerState } from '../../index.ts'
import { version } from '../version.ts'
import { type Definition, type Sample, single } from './definition.ts'

/** Of the node and its daemon as a whole. */
export const nodeMetrics: readonly Definition[] = [
  {
    name: 'holdfast_build_info',
    type: 'gauge',
    help: 'Always 1; the version of Holdfast as a label.',
    labels: ['version'],
    read: () => [{ value: 1, labels: { version: version() } }],
  },
  single(
    'holdfast_start_time_seconds',
    'gauge',
    'When the daemon was started, in seconds since 1970.',
    ({ source }) => source.startedAtMs / 1_000,
  ),
  {
    name: 'holdfast_peers',
    type: 'gauge',
    help: 'Peers by state.',
    labels: ['state'],
    read: ({ all }) => {
      const counts = { paired: 0, connecting: 0, connected: 0, degraded: 0, disconnected: 0, paused: 0, blocked: 0 }
      for (const { state } of all) counts[state.kind]++
      return (Object.keys(counts) as PeerState['kind'][]).map((state) => ({ value: counts[state], labels: { state } }))
    },
  },
  single(
    'holdfast_peers_omitted',
    'gauge',
    'Peers without metrics of their own, because there are too many.',
    ({ all, shown }) => all.length - shown.length,
  ),
  single(
    'holdfast_links_omitted',
    'gauge',
    'Links without metrics of their own, because there are too many of them or of peers.',
    ({ linksOmitted }) => linksOmitted,
  ),
  single(
    'holdfast_links',
    'gauge',
    'Connections, those in the handshake included.',
    ({ source }) => source.node.counts.links,
  ),
  single('holdfast_streams', 'gauge', 'Streams that are open.', ({ source }) => source.node.counts.openStreams),
  single(
    'holdfast_streams_opened_total',
    'counter',
    'Streams that were opened by either side.',
    ({ source }) => source.node.counts.streamsOpened,
  ),
  single(
    'holdfast_sent_bytes_total',
    'counter',
    'Bytes of frames given to connections.',
    ({ source }) => source.node.counts.bytesSent,
  ),
  single(
    'holdfast_received_bytes_total',
    'counter',
    'Bytes of frames that came.',
    ({ source }) => source.node.counts.bytesReceived,
  ),
  single(
    'holdfast_reconnection_attempts_total',
    'counter',
    'Connections begun to peers, and to addresses of a network.',
    ({ source }) => source.node.counts.dialAttempts,
  ),
  single(
    'holdfast_reconnection_failures_total',
    'counter',
    'Attempts to reach a peer that came to nothing.',
    ({ events }) => events.failedDials,
  ),
  {
    name: 'holdfast_probes_total',
    type: 'counter',
    help: 'Probes of links: answered in time, or missed.',
    labels: ['outcome'],
    read: ({ source }) => {
      const { probesAnswered, probesMissed } = source.node.counts
      return [
        { value: probesAnswered, labels: { outcome: 'answered' } },
        { value: probesMissed, labels: { outcome: 'missed' } },
      ]
    },
  },
  single(
    'holdfast_failovers_total',
    'counter',
    'How often frames of a session moved to another link.',
    ({ events }) => events.failovers,
  ),
  {
    name: 'holdfast_losses_total',
    type: 'counter',
    help: 'How often the last link to a peer was lost, by reason.',
    labels: ['reason'],
    read: ({ events }) => byReason(events.losses),
  },
  {
    name: 'holdfast_link_losses_total',
    type: 'counter',
    help: 'How often any link was lost, by reason.',
    labels: ['reason'],
    read: ({ events }) => byReason(events.linkLosses),
  },
  single(
    'holdfast_outbox_messages',
    'gauge',
    'Chat messages that wait for peers.',
    ({ source }) => source.chat.waiting,
  ),
  single(
    'holdfast_messages_sent_total',
    'counter',
    'Chat messages that were given to a stream, repetitions included.',
    ({ source }) => source.chat.delivery.sent,
  ),
  single(
    'holdfast_messages_repeated_total',
    'counter',
    'Those of them that had been given to one before.',
    ({ source }) => source.chat.delivery.repeated,
  ),
  single(
    'holdfast_messages_acknowledged_total',
    'counter',
    'Chat messages that a peer has stored.',
    ({ source }) => source.chat.delivery.acknowledged,
  ),
  single(
    'holdfast_messages_failed_total',
    'counter',
    'Chat messages whose stream ended before the peer had acknowledged them; they are sent again.',
    ({ source }) => source.chat.delivery.failed,
  ),
  single('holdfast_events_total', 'counter', 'Events in the log.', ({ source }) => source.events.newest),
  single(
    'holdfast_event_clients',
    'gauge',
    'Clients that follow the events.',
    ({ source }) => source.eventClients.count,
  ),
]

function byReason(losses: ReadonlyMap<string, number>): Sample[] {
  return [...losses].map(([reason, value]) => ({ value, labels: { reason } }))
}

import type { ComponentChildren } from 'preact'
import type { PeerView } from '../../../src/daemon/contract/peer.ts'
import { bytes, milliseconds, percent } from '../../../src/format/figures.ts'
import { HealthBars } from '../../parts/marks.tsx'

const unknown = '–'

/** The numbers of now and of the last hour. */
export function PeerFigures({ peer }: { peer: PeerView }) {
  const { health } = peer
  return (
    <dl class="card figures">
      <Figure name="Health" note={health.band === null ? 'not measured' : `${health.band}, ${health.trend}`}>
        <HealthBars band={health.band} /> {health.score === null ? unknown : Math.round(health.score)}
      </Figure>
      <Figure name="Round trip" note={health.jitterMs === null ? '' : `± ${milliseconds(health.jitterMs)}`}>
        {health.roundTripMs === null ? unknown : milliseconds(health.roundTripMs)}
      </Figure>
      <Figure name="Probes lost" note="of the last 32">
        {health.loss === null ? unknown : percent(health.loss)}
      </Figure>
      <Figure name="Losses" note="in the last hour">
        {health.lossesLastHour}
      </Figure>
      <Figure name="Reached" note="of probes and dials, last hour">
        {health.deliverySuccess === null ? unknown : percent(health.deliverySuccess)}
      </Figure>
      <Figure name="Sent" note={peer.openStreams === 1 ? '1 open stream' : `${peer.openStreams} open streams`}>
        {bytes(peer.bytesSent)}
      </Figure>
      <Figure name="Received" note="since the start">
        {bytes(peer.bytesReceived)}
      </Figure>
    </dl>
  )
}

function Figure({ name, note, children }: { name: string; note: string; children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="figure-value">{children}</span>
        <span class="figure-note">{note}</span>
      </dd>
    </div>
  )
}

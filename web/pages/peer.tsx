import type { EventView } from '../../src/daemon/contract/event.ts'
import type { HealthHistory, OutageList, PeerView } from '../../src/daemon/contract/peer.ts'
import { peerSentence } from '../../src/format/peer-sentence.ts'
import { useDashboard, useResource } from '../parts/context.ts'
import { Copy } from '../parts/copy.tsx'
import { StateMark } from '../parts/marks.tsx'
import { AddressList } from './peer/address-list.tsx'
import { LinkTable } from './peer/link-table.tsx'
import { OutageTimeline } from './peer/outage-timeline.tsx'
import { PeerActions } from './peer/peer-actions.tsx'
import { PeerCharts } from './peer/peer-charts.tsx'
import { PeerFigures } from './peer/peer-figures.tsx'

/** All about one peer. */
export function PeerPage({ id }: { id: string }) {
  const peers = useDashboard().peers.value
  const peer = peers?.find((candidate) => candidate.id === id)
  if (peers === undefined) return <h1>Peer</h1>
  return peer === undefined ? <NoSuchPeer /> : <KnownPeer peer={peer} />
}

function NoSuchPeer() {
  return (
    <>
      <h1>Not a peer</h1>
      <p class="card empty">
        This node is not paired with it, or not any more. <a href="#/">Back to the peers</a>
      </p>
    </>
  )
}

function KnownPeer({ peer }: { peer: PeerView }) {
  const isAbout = (event: EventView): boolean => event.peer?.id === peer.id && event.type !== 'peer:unpaired'
  const outages = useResource<OutageList>(`peers/${peer.id}/outages`, isAbout).value.value?.outages
  const history = useResource<HealthHistory>(`peers/${peer.id}/health`, isAbout).value.value?.entries
  return (
    <>
      <PeerHead peer={peer} />
      <PeerFigures peer={peer} />
      <PeerCharts peer={peer} history={history ?? []} outages={outages ?? []} />
      <OutageTimeline outages={outages} />
      <LinkTable links={peer.links} />
      <Identity peer={peer} />
    </>
  )
}

function PeerHead({ peer }: { peer: PeerView }) {
  const { nowMs } = useDashboard()
  return (
    <div class="peer-head">
      <p class="crumb">
        <a href="#/">Peers</a>
      </p>
      <div class="title-row">
        <StateMark kind={peer.state.kind} />
        <h1>
          <bdi>{peer.name}</bdi>
        </h1>
      </div>
      <p class="peer-sentence">{peerSentence(peer, nowMs.value)}</p>
      <PeerActions peer={peer} />
    </div>
  )
}

/** Who it is, and where it can be dialed. */
function Identity({ peer }: { peer: PeerView }) {
  return (
    <section class="card padded" aria-labelledby="identity">
      <h2 id="identity">Identity and addresses</h2>
      <p class="mono wrap">{peer.id}</p>
      <Copy text={peer.id} what="id" />
      <AddressList addresses={peer.addresses} />
      {peer.remote !== null && peer.remote.observedAddress !== null && (
        <p class="soft">
          It sees this node at <span class="mono wrap">{peer.remote.observedAddress}</span> and speaks version{' '}
          {peer.remote.protocol} of the protocol.
        </p>
      )}
    </section>
  )
}

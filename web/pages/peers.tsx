import type { PeerView } from '../../src/daemon/contract/peer.ts'
import { peerSentence } from '../../src/format/peer-sentence.ts'
import { useDashboard } from '../parts/context.ts'
import { Health, StateMark } from '../parts/marks.tsx'
import { peerAddress } from '../router.ts'

/** All peers at a glance. */
export function PeersPage() {
  const peers = useDashboard().peers.value
  if (peers === undefined) return <h1>Peers</h1>
  return (
    <>
      <div class="title-row">
        <h1>Peers</h1>
        <p class="summary">{peers.length > 0 && summary(peers)}</p>
        <a class="button main" href="#/pair">
          Pair a machine
        </a>
      </div>
      {peers.length === 0 ? <NoPeers /> : <PeerRows peers={peers} />}
    </>
  )
}

function summary(peers: readonly PeerView[]): string {
  const connected = peers.filter(({ state }) => state.kind === 'connected' || state.kind === 'degraded').length
  return `${connected} of ${peers.length} connected`
}

function NoPeers() {
  return (
    <div class="card empty">
      <p>This node knows nobody yet.</p>
      <p>
        <a href="#/pair">Pair it with another machine</a>: show a code there, or take the ticket that the other one
        made. From then on the two find each other by themselves.
      </p>
    </div>
  )
}

function PeerRows({ peers }: { peers: readonly PeerView[] }) {
  const sorted = peers.toSorted((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
  return (
    <ul class="card peers">
      {sorted.map((peer) => (
        <PeerRow key={peer.id} peer={peer} />
      ))}
    </ul>
  )
}

function PeerRow({ peer }: { peer: PeerView }) {
  const { nowMs } = useDashboard()
  return (
    <li class="peer-row">
      <StateMark kind={peer.state.kind} />
      <div class="peer-row-text">
        <a href={peerAddress(peer.id)}>
          <bdi>{peer.name}</bdi>
        </a>
        <p>{peerSentence(peer, nowMs.value)}</p>
      </div>
      {peer.links.length > 0 && <Health health={peer.health} />}
    </li>
  )
}

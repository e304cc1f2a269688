import type { NearbyList, NearbyView } from '../../../src/daemon/contract/pairing.ts'
import { span } from '../../../src/format/figures.ts'
import { Action } from '../../parts/action.tsx'
import { useDashboard, useResource } from '../../parts/context.ts'
import { Ago } from '../../parts/moment.tsx'

/** The nodes that announce themselves on the local network, to be paired with by comparing a code. */
export function NearbyNodes() {
  const { value, problem } = useResource<NearbyList>('nearby', ({ type }) =>
    /^(pairing|nearby|peer:(un)?paired)/.test(type),
  )
  return (
    <section class="card padded" aria-labelledby="nearby">
      <h2 id="nearby">On this network</h2>
      <p class="soft">Without a ticket: both screens show the same six digits, and a person at each compares them.</p>
      {problem.value !== undefined && <p>{problem.value.message}</p>}
      {value.value !== undefined && <Nearby list={value.value} />}
    </section>
  )
}

function Nearby({ list }: { list: NearbyList }) {
  const { discovery, pairingOpenUntilMs } = list
  const strangers = list.nearby.filter(({ isPaired }) => !isPaired)
  return (
    <>
      {discovery.kind === 'off' && <p>Looking around on the local network is switched off here (mdnsEnabled).</p>}
      {discovery.kind === 'failed' && <p>Looking around has failed: {discovery.reason}</p>}
      {discovery.kind === 'listening' && strangers.length === 0 && (
        <p>
          Nobody new is seen. The other machine must run Holdfast in the same network, and the network must let
          multicast through; a ticket works everywhere.
        </p>
      )}
      <ul class="plain nearby">
        {strangers.map((node) => (
          <NearbyRow key={node.id} node={node} />
        ))}
      </ul>
      <PairingWindow openUntilMs={pairingOpenUntilMs} />
    </>
  )
}

function NearbyRow({ node }: { node: NearbyView }) {
  return (
    <li>
      <div>
        <strong>
          <bdi>{node.name}</bdi>
        </strong>
        <p class="soft">
          {node.acceptsPairing ? 'open for pairing' : 'not open for pairing: open it there'}, heard{' '}
          <Ago atMs={node.lastHeardMs} />
        </p>
      </div>
      <Action
        disabled={!node.acceptsPairing}
        deed={(client) => client.post(`nearby/${node.id}/pair`, {}, { isSlow: true })}
      >
        Pair <span class="unseen">with {node.name}</span>
      </Action>
    </li>
  )
}

/** Others may ask only while a person has opened this node for it. */
function PairingWindow({ openUntilMs }: { openUntilMs: number | null }) {
  const { nowMs } = useDashboard()
  const leftMs = (openUntilMs ?? 0) - nowMs.value
  return (
    <div class="actions window">
      {leftMs > 0 ? (
        <>
          <p>Others may ask this node for another {span(leftMs)}.</p>
          <Action deed={(client) => client.delete('pairing-window')}>Close it</Action>
        </>
      ) : (
        <Action deed={(client) => client.post('pairing-window', {})}>Let others ask this node</Action>
      )}
    </div>
  )
}

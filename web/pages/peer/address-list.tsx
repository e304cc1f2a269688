import type { PeerView } from '../../../src/daemon/contract/peer.ts'
import { Ago } from '../../parts/moment.tsx'

type Address = PeerView['addresses'][number]

const standings: Record<Address['standing'], string> = {
  good: 'works',
  failing: 'does not work at the moment',
  unproven: 'not tried yet',
  wrong: 'another node is there',
  stale: 'old',
}

const sources: Record<Address['source'], string> = {
  announced: 'it said so itself',
  given: 'given by a person',
  mdns: 'seen on the local network',
  earlier: 'known from before',
}

/** Where the peer may be dialed, in the order of trying, and what is known of each place. */
export function AddressList({ addresses }: { addresses: readonly Address[] }) {
  if (addresses.length === 0) return <p class="soft">No address of it is known: it has to come by itself.</p>
  return (
    <ul class="plain addresses">
      {addresses.map(({ address, standing, source, lastReachedMs }) => (
        <li key={address}>
          <span class="mono wrap">{address}</span>
          <span class="soft">
            {standings[standing]}, {sources[source]}
            {lastReachedMs !== null && (
              <>
                , reached <Ago atMs={lastReachedMs} />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

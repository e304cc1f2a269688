import type { Greeting } from '../core/frame/frames.ts'
import { TAG_BYTES } from '../identity/network-tag.ts'
import { Pairings } from '../pairing/pairings.ts'
import type { Channel } from '../transport/transport.ts'
import { Broadcaster } from './broadcast/broadcast.ts'
import { resolveBroadcastRelay } from './broadcast/broadcast-relay.ts'
import type { NodeContext } from './context.ts'
import type { NodeParts } from './create.ts'
import { RefusedError } from './errors.ts'
import type { EventStream } from './events/event-stream.ts'
import { Introduction } from './link/hello-builder.ts'
import { Reception } from './link/inbound-handler.ts'
import type { LinkRegistry } from './link/link-registry.ts'
import type { Listening } from './link/listening.ts'
import { Neighbourhood } from './local/local-peers.ts'
import type { PairingRequest } from './local/nearby-api.ts'
import { Guests } from './membership/guests.ts'
import { Members } from './membership/members.ts'
import { saveLastSeen } from './peer/last-seen.ts'
import type { RemotePeer } from './peer/peer.ts'
import type { PeerPool } from './peer/peer-registry.ts'

export interface RoomsOptions {
  readonly context: NodeContext
  readonly name: string
  readonly parts: NodeParts
  readonly pool: PeerPool
  readonly events: EventStream
  readonly links: LinkRegistry
  readonly listening: Listening
  /** A peer is new. Its link is attached already. */
  adopt(peer: RemotePeer): void
  /** People are to compare a code. */
  requested(request: PairingRequest): void
}

/** The rooms of a node, each with one concern; they know each other only by what is handed to them here. */
export interface Rooms {
  readonly broadcaster: Broadcaster
  readonly pairings: Pairings
  readonly neighbourhood: Neighbourhood
  readonly guests: Guests
  readonly members: Members | undefined
  readonly introduction: Introduction
  readonly reception: Reception
  /** Now and then: what nobody asks for, and nobody must forget. */
  sweep(): void
}

export function furnish(options: RoomsOptions): Rooms {
  const { context, name, parts, pool, events, links, listening } = options
  const { clock, dialing, tuning } = context
  const adopt = (peer: RemotePeer): void => options.adopt(peer)
  const broadcaster = new Broadcaster({
    id: context.id,
    clock,
    relay: resolveBroadcastRelay(parts.broadcast),
    randomBytes: parts.randomBytes,
    connectedPeers: () => pool.connected(),
    mayUse: ({ settings: { protocols } }, protocol) => protocols === 'all' || protocols.includes(protocol),
  })
  const pairings: Pairings = new Pairings({
    context,
    events,
    name,
    randomBytes: parts.randomBytes,
    registered: (id) => pool.get(id),
    hasRoom: () => pool.size < tuning.peersMax,
    adopt,
    requested: (request) => options.requested(request),
    doorChanged: () => neighbourhood.changed(),
  })
  const announces = parts.announce !== false
  const members: Members | undefined =
    parts.network &&
    new Members({
      context,
      pool,
      network: parts.network,
      direction: dialing.direction,
      dialOrder: dialing.order,
      randomBytes: parts.randomBytes,
      announces,
      nearbyAddressesOf: (id) => neighbourhood.addressesOf(id),
      ownAddresses: () => [...listening.listening, ...listening.reachable, ...listening.addresses],
      adopt,
    })
  /** Where members are not let in, they are neither asked to come nor sought. */
  const membersNearby = parts.admit === 'paired' ? undefined : members
  let noise: string | undefined
  /** Nobody must see which nodes have a network, so those without one tell random bytes. */
  const tagOfNone = (): string => (noise ??= Buffer.from(parts.randomBytes(TAG_BYTES)).toString('hex'))
  const neighbourhood: Neighbourhood = new Neighbourhood({
    id: context.id,
    clock,
    discovery: parts.discovery,
    pool,
    events,
    members: membersNearby,
    announcement: () => {
      if (!announces) return undefined
      const tag = membersNearby?.tag ?? tagOfNone()
      return { name, listening: listening.listening, acceptsPairing: pairings.door.openUntilMs !== undefined, tag }
    },
  })
  const guests = new Guests({ context, pool, admitsAnyone: parts.admit === 'anyone', adopt })
  /** Somebody who is no peer, and whom it may become one as. */
  const admit = (channel: Channel, greeting: Greeting): RemotePeer | RefusedError => {
    const isMember = parts.admit !== 'paired' && members?.isProven(channel, greeting) === true
    if (!isMember || members === undefined) return guests.admit(channel, greeting)
    if (pool.size >= tuning.peersMax) return new RefusedError('full', 'this node has as many peers as it may have')
    return members.arriving(channel.remoteId, greeting.addresses)
  }
  const introduction = new Introduction({
    name,
    instance: context.instance,
    members,
    addresses: () => listening.addresses,
  })
  const reception = new Reception({
    context,
    isFull: () => links.isFull,
    accept: (link) => links.accept(link),
    peer: (id) => pairings.codes.peer(id) ?? pool.get(id),
    pairing: (link, greeting, attach) => pairings.arrived(link, greeting, attach),
    admit,
    adopt,
  })
  const sweep = (): void => {
    guests.sweep()
    members?.sweep()
    const peers = pool.all()
    for (const peer of peers) peer.connection.dialIfIdle()
    saveLastSeen(peers, context.store)
  }
  return { broadcaster, pairings, neighbourhood, guests, members, introduction, reception, sweep }
}

import type { Greeting } from '../core/frame/frames.ts'
import { resolveOptions } from '../core/options.ts'
import { TAG_BYTES } from '../identity/network-tag.ts'
import { Pairings } from '../pairing/pairings.ts'
import type { Channel } from '../transport/transport.ts'
import { Broadcaster } from './broadcast/broadcast.ts'
import type { NodeContext } from './context.ts'
import type { NodeParts } from './create.ts'
import { RefusedError } from './errors.ts'
import type { EventStream } from './events/event-stream.ts'
import { HelloBuilder } from './link/hello-builder.ts'
import { InboundHandler } from './link/inbound-handler.ts'
import type { LinkRegistry } from './link/link-registry.ts'
import type { Listening } from './link/listening.ts'
import { LocalPeers } from './local/local-peers.ts'
import type { PairingRequest } from './local/nearby-api.ts'
import { Guests } from './membership/guests.ts'
import { Members } from './membership/members.ts'
import { broadcastRelayOptions } from './options.ts'
import { saveLastSeen } from './peer/last-seen.ts'
import type { RemotePeer } from './peer/peer.ts'
import type { PeerRegistry } from './peer/peer-registry.ts'
import { inRange } from './resolve-options.ts'

export interface ComponentsOptions {
  readonly context: NodeContext
  readonly name: string
  readonly parts: NodeParts
  readonly registry: PeerRegistry
  readonly events: EventStream
  readonly links: LinkRegistry
  readonly listening: Listening
  /** A peer is new. Its link is attached already. */
  adopt(peer: RemotePeer): void
  /** People are to compare a code. */
  requested(request: PairingRequest): void
}

/** The rooms of a node, each with one concern; they know each other only by what is handed to them here. */
export interface NodeComponents {
  readonly broadcaster: Broadcaster
  readonly pairings: Pairings
  readonly localPeers: LocalPeers
  readonly guests: Guests
  readonly members: Members | undefined
  readonly helloBuilder: HelloBuilder
  readonly inbound: InboundHandler
  /** Now and then: what nobody asks for, and nobody must forget. */
  sweep(): void
}

export function createComponents(options: ComponentsOptions): NodeComponents {
  const { context, name, parts, registry, events, links, listening } = options
  const { clock, dialing, tuning } = context
  const adopt = (peer: RemotePeer): void => options.adopt(peer)
  const broadcaster = new Broadcaster({
    id: context.id,
    clock,
    relay: inRange(() => resolveOptions(broadcastRelayOptions, parts.broadcast, 'broadcast.')),
    randomBytes: parts.randomBytes,
    connectedPeers: () => registry.connected(),
    mayUse: ({ settings: { protocols } }, protocol) => protocols === 'all' || protocols.includes(protocol),
  })
  const pairings: Pairings = new Pairings({
    context,
    events,
    name,
    randomBytes: parts.randomBytes,
    registered: (id) => registry.get(id),
    hasRoom: () => registry.size < tuning.peersMax,
    adopt,
    requested: (request) => options.requested(request),
    windowChanged: () => localPeers.changed(),
  })
  const announces = parts.announce !== false
  const members: Members | undefined =
    parts.network &&
    new Members({
      context,
      registry,
      network: parts.network,
      direction: dialing.direction,
      dialOrder: dialing.order,
      randomBytes: parts.randomBytes,
      announces,
      reachable: () => listening.reachable,
      nearbyAddressesOf: (id) => localPeers.addressesOf(id),
      ownAddresses: () => [...listening.listening, ...listening.reachable, ...listening.addresses],
      adopt,
    })
  /** Where members are not let in, they are neither asked to come nor sought. */
  const membersNearby = parts.admit === 'paired' ? undefined : members
  let noise: string | undefined
  /** Nobody must see which nodes have a network, so those without one tell random bytes. */
  const tagOfNone = (): string => (noise ??= Buffer.from(parts.randomBytes(TAG_BYTES)).toString('hex'))
  const localPeers: LocalPeers = new LocalPeers({
    id: context.id,
    clock,
    discovery: parts.discovery,
    registry,
    events,
    members: membersNearby,
    announcement: () => {
      if (!announces) return undefined
      const tag = membersNearby?.tag ?? tagOfNone()
      return { name, listening: listening.listening, acceptsPairing: pairings.window.openUntilMs !== undefined, tag }
    },
  })
  const guests = new Guests({ context, registry, admitsAnyone: parts.admit === 'anyone', adopt })
  /** Somebody who is no peer, and whom it may become one as. */
  const admit = (channel: Channel, greeting: Greeting): RemotePeer | RefusedError => {
    const isMember = parts.admit !== 'paired' && members?.isProven(channel, greeting) === true
    if (!isMember || members === undefined) return guests.admit(channel, greeting)
    if (registry.size >= tuning.peersMax) return new RefusedError('full', 'this node has as many peers as it may have')
    return members.arriving(channel.remoteId, greeting.addresses)
  }
  const helloBuilder = new HelloBuilder({
    name,
    instance: context.instance,
    members,
    addresses: () => listening.addresses,
  })
  const inbound = new InboundHandler({
    context,
    isFull: () => links.isFull,
    accept: (link) => links.accept(link),
    peer: (id) => pairings.codes.peer(id) ?? registry.get(id),
    pairing: (link, greeting, attach) => pairings.arrived(link, greeting, attach),
    admit,
    adopt,
  })
  const sweep = (): void => {
    guests.sweep()
    members?.sweep()
    const peers = registry.all()
    for (const peer of peers) peer.connection.dialIfIdle()
    saveLastSeen(peers, context.store)
  }
  return {
    broadcaster,
    pairings,
    localPeers,
    guests,
    members,
    helloBuilder,
    inbound,
    sweep,
  }
}

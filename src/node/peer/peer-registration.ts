import type { PeerRecord } from '../../store/store.ts'
import type { NodeContext } from '../context.ts'
import { UnknownPeerError } from '../errors.ts'
import type { PeerEventSinks } from '../events/peer-events.ts'
import type { Members } from '../membership/members.ts'
import { RemotePeer } from './peer.ts'
import { PeerRecordStore } from './peer-record-store.ts'
import type { PeerRegistry } from './peer-registry.ts'

export interface PeerRegistrationOptions {
  readonly context: NodeContext
  readonly registry: PeerRegistry
  readonly sinks: PeerEventSinks
  /** The members of the network, if the node has one. */
  members(): Members | undefined
}

/** How peers get into the registry: those that are stored at the start, and new ones. */
export class PeerRegistration {
  readonly #options: PeerRegistrationOptions

  constructor(options: PeerRegistrationOptions) {
    this.#options = options
  }

  /** A peer is new. Its link is attached already. */
  adopt(peer: RemotePeer): void {
    const { context, registry } = this.#options
    const before = registry.get(peer.id)
    if (before !== undefined) this.#replaced(before)
    if (peer.known === 'member') peer.file.joined(context.clock.wallNow())
    this.#register(peer, true)
    this.#options.members()?.connected(peer)
  }

  /**
   * A member without the network's secret is nobody. Its record stays for when the secret is back: a command that is run on the folder without it must not undo what a
   * person decided about a member.
   */
  restore(record: PeerRecord): void {
    const { context } = this.#options
    if (record.relation === 'member' && this.#options.members() === undefined) return
    this.#register(new RemotePeer(context, PeerRecordStore.stored(context.store, record)), false)
  }

  /** A member is a paired peer from here on, by a session of its own: what waits for the member ends, as if that had been unpaired. */
  #replaced(member: RemotePeer): void {
    member.replaced(new UnknownPeerError(member.id), 'it was paired anew')
  }

  #register(peer: RemotePeer, isNew: boolean): void {
    const { registry, sinks } = this.#options
    registry.register(peer)
    if (isNew) peer.reports.introduce(sinks)
    else peer.reports.report(sinks)
  }
}

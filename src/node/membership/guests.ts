import { NodeClosedError } from '../../core/errors.ts'
import { relations } from '../../core/frame/constants.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Channel } from '../../transport/transport.ts'
import type { NodeContext } from '../context.ts'
import { DIAL_TIMEOUT_MS } from '../dial/dialer.ts'
import { InvalidArgumentError, NodeFullError, RefusedError, UnreachableError } from '../errors.ts'
import { RemotePeer } from '../peer/peer.ts'
import { PeerRecordStore } from '../peer/peer-record-store.ts'
import type { PeerRegistry } from '../peer/peer-registry.ts'
import { withSignal } from '../timing/with-signal.ts'

export interface GuestsOptions {
  readonly context: NodeContext
  readonly registry: PeerRegistry
  /** Anybody may come. */
  readonly admitsAnyone: boolean
  /** The host is a peer of this node from here on. */
  adopt(peer: RemotePeer): void
}

/** Peers without pairing: guests that this node lets in, and hosts at which it is a guest. Nothing of them is kept on disk. */
export class Guests {
  readonly #parts: GuestsOptions
  /** Attempts to connect as a guest that are under way; each resolves with its end, whatever that is. A second call for the same node waits for it and looks again. */
  readonly #connecting = new Map<PeerId, Promise<unknown>>()

  constructor(parts: GuestsOptions) {
    this.#parts = parts
  }

  /** A stranger greets: the guest that it becomes when its link is attached, or why not. */
  admit({ remoteId }: Channel, greeting: Greeting): RemotePeer | RefusedError {
    const { context, admitsAnyone } = this.#parts
    if (!admitsAnyone || greeting.relation !== relations.guest)
      return new RefusedError('not-paired', 'these two nodes are not paired; pair them with a ticket')
    if (!this.#makeRoom()) return new RefusedError('full', 'this node has as many guests as it may have')
    return new RemotePeer(
      context,
      PeerRecordStore.provisional(context.store, remoteId, greeting.addresses, {
        relation: 'guest',
        settings: { protocols: context.tuning.guests.protocols },
        wallMs: context.clock.wallNow(),
      }),
    )
  }

  /** Comes to another node as a guest. */
  async connectAsGuest(id: PeerId, addresses: readonly string[], signal: AbortSignal | undefined): Promise<RemotePeer> {
    const { registry, context } = this.#parts
    if (id === context.id) throw new InvalidArgumentError('A node cannot connect to itself as a guest')
    if (addresses.length === 0)
      throw new InvalidArgumentError('To connect to a node as a guest, at least one of its addresses is needed')
    for (;;) {
      signal?.throwIfAborted()
      const known = registry.get(id)
      if (known !== undefined) {
        await known.connected(signal && { signal })
        return known
      }
      const underway = this.#connecting.get(id)
      if (underway === undefined) break
      await withSignal(underway, signal)
    }
    const connecting = this.#connect(id, addresses, signal).finally(() => this.#connecting.delete(id))
    this.#connecting.set(id, Promise.allSettled([connecting]))
    return connecting
  }

  /** Forgets guests that have been gone for as long as they may be idle. */
  sweep(): void {
    const nowMs = this.#parts.context.clock.now()
    for (const guest of this.#gone()) {
      if (nowMs - guest.goneSinceMs >= this.#parts.context.tuning.guests.idleTimeoutMs) guest.peer.unpair()
    }
  }

  async #connect(id: PeerId, addresses: readonly string[], signal: AbortSignal | undefined): Promise<RemotePeer> {
    const { context, registry } = this.#parts
    if (registry.size >= context.tuning.peersMax)
      throw new NodeFullError('This node has as many peers as its option peersMax allows; unpair one first')
    const peer = new RemotePeer(
      context,
      PeerRecordStore.provisional(context.store, id, addresses, {
        relation: 'host',
        settings: { protocols: context.tuning.guests.protocols, connectPolicy: 'on-demand' },
        wallMs: context.clock.wallNow(),
      }),
    )
    const limit = new AbortController()
    const aborted = (): void => limit.abort(signal?.reason)
    const timer = context.clock.after(DIAL_TIMEOUT_MS, () =>
      limit.abort(new UnreachableError('The host did not answer within 10 s')),
    )
    signal?.addEventListener('abort', aborted)
    if (signal?.aborted === true) aborted()
    try {
      await peer.connection.dialOnce(addresses, limit.signal)
      if (context.closing) throw new NodeClosedError()
      this.#parts.adopt(peer)
      return peer
    } catch (error) {
      peer.stop(new NodeClosedError())
      throw error
    } finally {
      timer.cancel()
      signal?.removeEventListener('abort', aborted)
    }
  }

  /** Whether one more guest fits; one that has gone makes room for one that comes. */
  #makeRoom(): boolean {
    const { registry, context } = this.#parts
    const { peersMax, guests: limits } = context.tuning
    const guests = registry.all().filter(({ relation }) => relation === 'guest').length
    if (guests < limits.max && registry.size < peersMax) return true
    const longest = this.#gone().sort((a, b) => a.goneSinceMs - b.goneSinceMs)[0]
    longest?.peer.unpair()
    return longest !== undefined
  }

  /** Since when by the monotonic clock: somebody may set the other one. */
  #gone(): { readonly peer: RemotePeer; readonly goneSinceMs: number }[] {
    return this.#parts.registry.all().flatMap((peer) => {
      const { relation, state, file, connection } = peer
      if (relation !== 'guest' || (state.kind !== 'disconnected' && state.kind !== 'blocked')) return []
      return file.isBlocked ? [] : [{ peer, goneSinceMs: connection.missedMs }]
    })
  }
}

import type { Clock } from '../../clock.ts'
import type { OwnNetwork } from '../../core/dial/address-kind.ts'
import { type DialHint, hintSpreadMs } from '../../core/dial/hints.ts'
import type { LinkInfo } from '../api.ts'
import type { EventStream } from '../events/event-stream.ts'
import type { RemotePeer } from '../peer/peer.ts'
import type { PeerRegistry } from '../peer/peer-registry.ts'
import { type NetworkInterfaces, watchNetwork } from './network-watch.ts'

/** A process that did not run for so long was asleep, or stopped: the network may be another one. */
const WAKE_MS = 5_000
/** That peers are back is told the others once in this time at most. */
const BACK_EVERY_MS = 1_000

export interface HostMonitorOptions {
  readonly clock: Clock
  readonly interfaces: (() => NetworkInterfaces) | undefined
  readonly onStall: ((callback: (stalledMs: number) => void) => () => void) | undefined
  readonly registry: PeerRegistry
  readonly events: EventStream
  /** The addresses of this machine are others than before. */
  networkChanged(): void
}

export interface HostMonitor {
  /** The networks that this machine is in now. */
  readonly networks: readonly OwnNetwork[]
  /** A peer that was away is connected: what kept it away may have kept others. */
  peerIsBack(peer: RemotePeer, link: LinkInfo): void
  stop(): void
}

/** Watches what happens to the machine that the node runs on, and tells the peers: stalls, sleep, and changes of the network. */
export function monitorHost(options: HostMonitorOptions): HostMonitor {
  const { clock, interfaces, onStall, registry, events } = options
  const watch =
    interfaces &&
    watchNetwork({
      clock,
      interfaces,
      changed: ({ added, removed }) => {
        events.emit({ type: 'interfaces:changed', added, removed })
        for (const peer of registry.all()) {
          peer.file.book.networkChanged()
          peer.connection.probe()
        }
        hintAll(registry, 'interface-change')
        options.networkChanged()
      },
    })
  const endStalls = onStall?.((stalledMs) => {
    for (const peer of registry.all()) peer.connection.probe()
    if (stalledMs < WAKE_MS) return
    events.emit({ type: 'wake', stalledMs })
    hintAll(registry, 'wake')
    options.networkChanged()
  })
  let toldMs = -Infinity
  return {
    peerIsBack(peer, { direction }) {
      if (clock.now() - toldMs < BACK_EVERY_MS) return
      toldMs = clock.now()
      hintAll(registry, direction === 'inbound' ? 'inbound-link' : 'other-peer', peer)
    },
    get networks() {
      return watch?.networks ?? []
    },
    stop() {
      watch?.stop()
      endStalls?.()
    },
  }
}

function hintAll(registry: PeerRegistry, hint: DialHint, except?: RemotePeer): void {
  const spreadMs = hintSpreadMs(registry.size)
  for (const peer of registry.all()) {
    if (peer !== except && !peer.connection.isConnected) peer.connection.hint(hint, spreadMs)
  }
}

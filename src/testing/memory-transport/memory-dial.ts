import type { Clock, Timer } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { ConnectError, WrongPeerError } from '../../transport/tcp/tcp-errors.ts'
import type { Channel, DialOptions } from '../../transport/transport.ts'
import type { NetworkConditions } from './memory-conditions.ts'
import type { MemoryListener } from './memory-host.ts'
import type { Connection } from './memory-path.ts'

/** A listener gives up on a handshake that takes longer. */
const HANDSHAKE_MS = 10_000

export interface MemoryDialOptions extends DialOptions {
  readonly clock: Clock
  /** The dialer's own id. */
  readonly id: PeerId
  readonly address: string
  readonly connection: Connection
  readonly conditions: NetworkConditions
  /** Who listens at the address by the time the dial comes there. */
  listener(): MemoryListener | undefined
}

/**
 * Leads a connection through its handshake: SYN and SYN-ACK, then the hellos of TLS 1.3, each of which is subject to the path's faults. The
 * dialer is done after two round trips, the listener half a one later.
 */
export async function dial(options: MemoryDialOptions): Promise<Channel> {
  const { clock, address, signal, expect, conditions } = options
  const { outbound, inbound, there, back } = options.connection
  const { promise, resolve, reject } = Promise.withResolvers<Channel>()
  let limit: Timer | undefined

  const aborted = (): void => {
    reject(signal.reason as Error)
    outbound.destroy()
  }
  const refused = (): void => {
    reject(new ConnectError(address, 'refused', undefined))
    outbound.sever()
    outbound.receivedReset()
    inbound.receivedReset()
  }
  const synReceived = (): void => {
    const listener = options.listener()
    if (listener === undefined) {
      back.mark(refused)
      return
    }
    inbound.begin()
    limit = clock.after(HANDSHAKE_MS, () => {
      if (!inbound.isAuthenticated) inbound.destroy()
    })
    back.mark(() => there.mark(() => back.mark(() => helloReceived(listener))))
  }
  const helloReceived = (listener: MemoryListener): void => {
    if (outbound.isClosed) return
    if (expect !== undefined && listener.id !== expect) {
      reject(new WrongPeerError(address, expect, listener.id))
      outbound.destroy()
      return
    }
    outbound.authenticated(listener.id)
    there.mark(() => finishedReceived(listener))
    resolve(outbound)
  }
  const finishedReceived = (listener: MemoryListener): void => {
    limit?.cancel()
    if (inbound.isClosed) return
    inbound.authenticated(options.id)
    listener.arrived({ channel: inbound, accepted: () => undefined })
  }

  outbound.onDialFailed((error) => reject(new ConnectError(address, 'closed', error)))
  if (conditions.dials === 'refuse') clock.after(2 * conditions.latencyMs, refused)
  else if (conditions.dials === 'pass') there.mark(synReceived)
  signal.addEventListener('abort', aborted)
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}

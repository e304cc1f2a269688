import type { InboundChannel, Transport } from '../src/transport/transport.ts'

/** What a transport does, counted by whoever measures. */
export interface TransportObserver {
  /** A dial begins. */
  dialing?(address: string): void
  /** It came to nothing. `aborted`: the node itself gave it up. */
  dialFailed?(error: unknown, aborted: boolean): void
  /** It led to a channel, on which the nodes greet next. */
  dialed?(): void
  /** Somebody dialed this node and has authenticated. */
  arrived?(): void
}

/** A transport that tells what it does. */
export function observedTransport(transport: Transport, observer: TransportObserver): Transport {
  return {
    scheme: transport.scheme,
    async dial(address, options) {
      observer.dialing?.(address)
      try {
        const channel = await transport.dial(address, options)
        observer.dialed?.()
        return channel
      } catch (error) {
        observer.dialFailed?.(error, options.signal.aborted)
        throw error
      }
    },
    listen: (address, arrived) =>
      transport.listen(address, (arrival: InboundChannel) => {
        observer.arrived?.()
        arrived(arrival)
      }),
  }
}

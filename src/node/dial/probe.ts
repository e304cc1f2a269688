import type { Clock } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Transport } from '../../transport/transport.ts'

/** Who answered when an address was dialed to see who does. Times in milliseconds. */
export interface ProbeResult {
  /** Proven by the transport. */
  readonly id: PeerId
  /** Until somebody took the connection; undefined if the transport cannot tell. */
  readonly connectMs: number | undefined
  /** Until it had proven who it is: two or three round trips. */
  readonly totalMs: number
}

export interface ProbeOptions {
  /** Ends the attempt. */
  readonly signal: AbortSignal
  /** Called when somebody has taken the connection. */
  readonly connected?: (() => void) | undefined
}

/** Dials an address, looks who answers and hangs up: no greeting is sent, so no session and no peer hears of it. Throws what `dial` throws. */
export async function probeAddress(
  transport: Transport,
  address: string,
  clock: Clock,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const startedMs = clock.now()
  let connectMs: number | undefined
  const connected = (): void => {
    connectMs = clock.now() - startedMs
    options.connected?.()
  }
  const channel = await transport.dial(address, { signal: options.signal, connected })
  const totalMs = clock.now() - startedMs
  channel.destroy()
  return { id: channel.remoteId, connectMs, totalMs }
}

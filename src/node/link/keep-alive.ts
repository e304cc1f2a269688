import { type KeepAlive, kernelKeepAlive, resolveKeepAlive } from '../../core/health/keep-alive.ts'
import type { NodeContext } from '../context.ts'
import type { Link } from './link.ts'

/** Watches the link from now on as the peer's own setting says, or as those of all peers: by pings, and by the system's keep-alive. */
export function applyKeepAlive(
  { sessionLink, channel }: Link,
  ownSetting: KeepAlive | undefined,
  { tuning, clock }: Pick<NodeContext, 'tuning' | 'clock'>,
): void {
  const keepAlive = ownSetting ?? tuning.keepAlive
  sessionLink?.liveness.setKeepAlive(keepAlive, clock.now())
  const { idleMs, intervalMs, probes } = kernelKeepAlive(resolveKeepAlive(keepAlive))
  channel.keepAlive?.(idleMs, intervalMs, probes)
}

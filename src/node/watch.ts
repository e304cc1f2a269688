import { type KeepAlive, kernelKeepAlive, resolveKeepAlive } from '../core/health/keep-alive.ts'
import type { Link } from './link.ts'

/** From now on the link is watched in this way, by pings and by the system's own keep-alive. */
export function watch({ sessionLink, channel }: Link, keepAlive: KeepAlive, nowMs: number): void {
  sessionLink?.liveness.setKeepAlive(keepAlive, nowMs)
  const { idleMs, intervalMs, probes } = kernelKeepAlive(resolveKeepAlive(keepAlive))
  channel.keepAlive?.(idleMs, intervalMs, probes)
}

import type { SessionLink } from '../../core/session/link.ts'
import type { LinkInfo } from '../api.ts'
import type { Link } from './link.ts'

/** What can be told of a link; `active` is the one that carries frames now. */
export function linkInfo(link: Link, active: SessionLink | undefined): LinkInfo {
  const { channel, sessionLink } = link
  const health = sessionLink?.health
  return {
    id: sessionLink?.id ?? 0,
    address: channel.remoteAddress,
    localAddress: channel.localAddress,
    direction: channel.direction,
    kind: channel.kind,
    state: sessionLink?.liveness.suspect === true ? 'suspect' : 'healthy',
    active: sessionLink !== undefined && sessionLink === active,
    sinceMs: link.attachedAtMs,
    lastSeenMs: link.heardAtMs,
    lastCheckMs: link.checkedAtMs,
    roundTripMs: health?.roundTripMs,
    jitterMs: health?.jitterMs,
    loss: health?.loss,
    score: health?.score(),
    band: health?.band,
    trend: health?.trend,
    remote: health?.remote,
    bytesSent: link.bytesSent,
    bytesReceived: link.bytesReceived,
  }
}

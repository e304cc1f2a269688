import type { PeerId } from '../../identity/peer-id.ts'
import type { Store } from '../../store/store.ts'
import type { RemotePeer } from './peer.ts'

/** What the disk says of a connected peer is older than this at the most, so that a crash loses no more. */
const SAVED_EVERY_MS = 5 * 60_000
/** Written at a time, in one transaction of some milliseconds. More peers wait for the next sweep. */
const SAVED_AT_ONCE_MAX = 256

/** Writes down when connected peers were last seen, for those of which the disk has not heard for a while. */
export function saveLastSeen(peers: readonly RemotePeer[], store: Store): void {
  const moments = new Map<PeerId, number>()
  const due: RemotePeer[] = []
  for (const peer of peers) {
    const { file, lastSeenMs } = peer
    if (!file.isStored || !peer.connection.isConnected || lastSeenMs === undefined) continue
    if (Math.abs(lastSeenMs - (file.lastSeenMs ?? 0)) < SAVED_EVERY_MS) continue
    moments.set(peer.id, Math.floor(lastSeenMs))
    due.push(peer)
    if (due.length === SAVED_AT_ONCE_MAX) break
  }
  if (due.length === 0) return
  try {
    store.saveLastSeen(moments)
  } catch {
    // A disk that is full is complained of where something gets lost by it; the next sweep tries again.
    return
  }
  for (const { id, file } of due) file.seenSaved(moments.get(id)!)
}

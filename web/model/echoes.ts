import type { EventView } from '../../src/daemon/contract/event.ts'

/** Both are told at one moment, but not always in one millisecond. */
const SAME_MOMENT_MS = 100
/** States that no other event tells of. */
const toldByStateAlone = new Set(['degraded', 'paused', 'blocked'])

/** The events without those that say of a peer again what another one says: each step of its state, and of its only link. */
export function withoutEchoes(events: readonly EventView[]): EventView[] {
  const connected = new Map<string, number[]>()
  for (const { type, peer, atMs } of events) {
    if (type !== 'peer:connected' || peer === null) continue
    const moments = connected.get(peer.id) ?? []
    moments.push(atMs)
    connected.set(peer.id, moments)
  }
  return events.filter(({ type, peer, atMs, data }) => {
    if (type === 'peer:state') return toldByStateAlone.has(kindOf(data['state']))
    if (type === 'link:lost') return data['remaining'] !== 0
    if (type !== 'link:up') return true
    return !connected.get(peer?.id ?? '')?.some((moment) => Math.abs(moment - atMs) < SAME_MOMENT_MS)
  })
}

function kindOf(state: unknown): string {
  return typeof state === 'object' && state !== null && 'kind' in state ? String(state.kind) : ''
}

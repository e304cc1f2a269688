import type { PeerView } from '../../src/daemon/contract/peer.ts'

/** One moment of a peer's health. */
export interface Sample {
  /** By the daemon's clock. */
  readonly atMs: number
  readonly score: number | null
  readonly roundTripMs: number | null
}

export const HOUR_MS = 3_600_000
/** One each two seconds for an hour. */
const SAMPLES_MAX = 1_800
const PEERS_MAX = 256
/** The daemon keeps the worst sample of so long a time. */
const ENTRY_MS = 30_000

/** What this page has seen measured, finer than the daemon's own history. Values that are only read again are no samples. */
export class Samples {
  readonly #samples = new Map<string, Sample[]>()
  readonly #lastProbe = new Map<string, string>()

  take(peers: readonly PeerView[], nowMs: number): void {
    for (const { id, health } of peers.slice(0, PEERS_MAX)) {
      const { score, roundTripMs, lastProbeMs } = health
      const probe = `${lastProbeMs} ${score}`
      if (lastProbeMs === null || score === null || probe === this.#lastProbe.get(id)) continue
      this.#lastProbe.set(id, probe)
      const samples = this.#samples.get(id) ?? []
      this.#samples.set(id, samples)
      samples.push({ atMs: nowMs, score, roundTripMs })
      while (samples.length > SAMPLES_MAX || (samples[0]?.atMs ?? nowMs) < nowMs - HOUR_MS) samples.shift()
    }
    for (const id of this.#samples.keys()) {
      if (!peers.some((peer) => peer.id === id)) this.#samples.delete(id)
    }
  }

  /** Of the daemon's history and of what was seen here, where both tell of the same 30 s, the finer one; oldest first. */
  withHistory(id: string, history: readonly Sample[]): Sample[] {
    const seen = this.#samples.get(id) ?? []
    const slots = new Set(seen.map(({ atMs }) => Math.floor(atMs / ENTRY_MS)))
    const rest = history.filter(({ atMs }) => !slots.has(Math.floor(atMs / ENTRY_MS)))
    return [...rest, ...seen].toSorted((a, b) => a.atMs - b.atMs)
  }
}

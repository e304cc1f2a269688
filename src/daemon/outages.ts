import { explain, type LossReason } from '../index.ts'
import type { EventView } from './contract/event.ts'
import type { OutageList } from './contract/peer.ts'
import type { EventLog } from './event-log.ts'

/** Outages that are kept of one peer; beyond them its oldest is dropped. */
const OUTAGES_PER_PEER_MAX = 100
/** Outages that are kept of all; beyond them the peer that was lost least recently loses its oldest. */
const OUTAGES_MAX = 20_000

type Outage = OutageList['outages'][number]

/** When each peer was lost, why, and when it was back; of this run of the daemon. */
export class Outages {
  /** The peer that was lost last stands last. */
  readonly #byPeer = new Map<string, Outage[]>()
  readonly #outagesMax: number
  #count = 0

  constructor(log: EventLog, { outagesMax = OUTAGES_MAX }: { outagesMax?: number } = {}) {
    this.#outagesMax = outagesMax
    log.listen((event) => {
      if (event.peer !== null) this.#heard(event, event.peer.id)
    })
  }

  /** Those of one peer, oldest first. */
  of(peer: string): Outage[] {
    return [...(this.#byPeer.get(peer) ?? [])]
  }

  #heard({ type, atMs, data }: EventView, peer: string): void {
    switch (type) {
      case 'peer:disconnected':
        this.#lost(peer, data['reason'] as LossReason, atMs)
        break
      case 'peer:connected':
        this.#recovered(peer, atMs)
        break
      case 'peer:unpaired':
        this.#count -= this.#byPeer.get(peer)?.length ?? 0
        this.#byPeer.delete(peer)
        break
      default:
    }
  }

  #lost(peer: string, reason: LossReason, atMs: number): void {
    const outages = this.#byPeer.get(peer) ?? []
    outages.push({ lostAtMs: atMs, reason, text: explain(reason), recoveredAtMs: null, awayMs: null })
    this.#count++
    this.#byPeer.delete(peer)
    this.#byPeer.set(peer, outages)
    if (outages.length > OUTAGES_PER_PEER_MAX) this.#drop(peer, outages)
    const [eldest] = this.#byPeer
    if (this.#count > this.#outagesMax && eldest !== undefined) this.#drop(...eldest)
  }

  #recovered(peer: string, atMs: number): void {
    const last = this.#byPeer.get(peer)?.at(-1)
    if (last === undefined || last.recoveredAtMs !== null) return
    last.recoveredAtMs = atMs
    last.awayMs = Math.max(0, atMs - last.lostAtMs)
  }

  #drop(peer: string, outages: Outage[]): void {
    outages.shift()
    this.#count--
    if (outages.length === 0) this.#byPeer.delete(peer)
  }
}

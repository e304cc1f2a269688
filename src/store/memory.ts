import type { PeerId } from '../identity/peer-id.ts'
import { PeerNotStoredError, storeClosed } from './errors.ts'
import { byPairing, checkedCopy, checkId, checkSetting, copyOf, instanceStartAfter } from './record.ts'
import type { PeerRecord, Store } from './store.ts'

/** What stays of a memory store when its node ends, as a disk would: hand it to the `memoryStore` of the restarted node. */
export class MemoryDisk {
  readonly peers = new Map<PeerId, PeerRecord>()
  readonly settings = new Map<string, string>()
  instanceStart = 0
  /** The store that may use this disk; an older one, of a node that "crashed", is shut out as the folder's lock would do. */
  holder: Store | undefined

  /** An independent disk with the same contents, for a folder that was copied or restored from a backup. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk()
    for (const [id, record] of this.peers) disk.peers.set(id, record)
    for (const [key, value] of this.settings) disk.settings.set(key, value)
    disk.instanceStart = this.instanceStart
    return disk
  }
}

/** A store in memory with the contract of the one on disk, limits included. Stores opened on `disk` before this one are closed. */
export function memoryStore(disk: MemoryDisk = new MemoryDisk()): Store {
  return new MemoryStore(disk)
}

class MemoryStore implements Store {
  readonly #disk: MemoryDisk

  constructor(disk: MemoryDisk) {
    this.#disk = disk
    disk.holder = this
  }

  peers(): PeerRecord[] {
    return [...this.#open().peers.values()].sort(byPairing).map(copyOf)
  }

  peer(id: PeerId): PeerRecord | undefined {
    const record = this.#open().peers.get(id)
    return record && copyOf(record)
  }

  savePeer(record: PeerRecord): void {
    const { peers } = this.#open()
    checkId(record.id)
    peers.set(record.id, checkedCopy(record))
  }

  updatePeer(id: PeerId, change: Partial<Omit<PeerRecord, 'id'>>): void {
    const { peers } = this.#open()
    const before = peers.get(id)
    if (before === undefined) throw new PeerNotStoredError(id)
    peers.set(id, checkedCopy({ ...before, ...change, id }))
  }

  saveLastSeen(moments: ReadonlyMap<PeerId, number>): void {
    const { peers } = this.#open()
    const known = [...moments].filter(([id]) => peers.has(id))
    const records = known.map(([id, lastSeenMs]) => checkedCopy({ ...peers.get(id)!, lastSeenMs }))
    for (const record of records) peers.set(record.id, record)
  }

  removePeer(id: PeerId): void {
    this.#open().peers.delete(id)
  }

  nextInstanceStart(wallNowMs: number): number {
    const disk = this.#open()
    disk.instanceStart = instanceStartAfter(disk.instanceStart, wallNowMs)
    return disk.instanceStart
  }

  setting(key: string): string | undefined {
    return this.#open().settings.get(key)
  }

  saveSetting(key: string, value: string): void {
    const { settings } = this.#open()
    checkSetting(key, value)
    settings.set(key, value)
  }

  close(): void {
    if (this.#disk.holder === this) this.#disk.holder = undefined
  }

  #open(): MemoryDisk {
    if (this.#disk.holder !== this) throw storeClosed()
    return this.#disk
  }
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testPeer, testPeerId } from '../../../test/conformance/store.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import { InvalidNameError } from '../../identity/name.ts'
import { InvalidRecordError, StoreClosedError } from '../../store/errors.ts'
import { MemoryDisk, memoryStore } from '../../store/memory.ts'
import { defaultChoices } from '../../store/settings.ts'
import type { PeerRecord, Store } from '../../store/store.ts'
import { PeerRecordStore } from './peer-record-store.ts'

const id = testPeerId(1)
const pairingKeys = { send: new Uint8Array(32).fill(1), receive: new Uint8Array(32).fill(2) }
const greeting = (change: Partial<Greeting> = {}): Greeting => ({
  minor: 1,
  features: [],
  name: 'bob',
  instance: { start: 5, random: new Uint8Array(8) },
  addresses: [],
  ticket: undefined,
  observed: undefined,
  network: undefined,
  relation: undefined,
  pairing: undefined,
  ...change,
})

let disk: MemoryDisk
let store: Store
let warnings: unknown[]
beforeEach(() => {
  disk = new MemoryDisk()
  store = memoryStore(disk)
  warnings = []
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(warning))
})
afterEach(() => vi.restoreAllMocks())

/** A file of a paired peer, what the disk holds of it, and a way to take the disk away from it. */
function paired(change: Partial<PeerRecord> = {}) {
  store.savePeer(testPeer(1, { ...defaultChoices, ...change }))
  let broken = false
  const guarded = new Proxy(store, {
    get: (target, key: keyof Store) => {
      if (broken && key.endsWith('Peer')) throw new StoreClosedError('No')
      return target[key].bind(target)
    },
  })
  const file = PeerRecordStore.stored(guarded, testPeer(1, { ...defaultChoices, ...change }))
  return {
    file,
    onDisk: () => store.peer(id),
    breakDisk: (now: boolean) => {
      broken = now
    },
  }
}

describe('P7: what a person decided about a peer', () => {
  it('is on disk when the call returns', () => {
    const { file, onDisk } = paired()
    file.configure({ paused: true, connectPolicy: 'on-demand', idleTimeoutMs: 5000, protocols: ['chat/1'] })
    file.configure({ blocked: true, keepAlive: { mode: 'tcp' } })
    file.rename('Bob')
    expect(onDisk()).toStrictEqual(
      testPeer(1, {
        relation: 'paired',
        name: 'Bob',
        named: true,
        paused: true,
        blocked: true,
        connectPolicy: 'on-demand',
        idleTimeoutMs: 5000,
        protocols: ['chat/1'],
        keepAlive: { mode: 'tcp' },
      }),
    )
    expect([
      file.name,
      file.isPaused,
      file.isBlocked,
      file.settings.connectPolicy,
      file.settings.idleTimeoutMs,
    ]).toEqual(['Bob', true, true, 'on-demand', 5000])
    expect([file.settings.keepAlive, file.settings.protocols]).toEqual([{ mode: 'tcp' }, ['chat/1']])
  })

  it('changes nothing, and fails, where it cannot be stored', () => {
    const { file, onDisk, breakDisk } = paired()
    breakDisk(true)
    expect(() => file.configure({ paused: true })).toThrow(StoreClosedError)
    expect(() => file.rename('Bob')).toThrow(StoreClosedError)
    expect(() => file.paired('Bob', pairingKeys, 1)).toThrow(StoreClosedError)
    expect(() => file.remove()).toThrow(StoreClosedError)
    breakDisk(false)
    expect([file.isPaused, file.name, file.relation]).toEqual([false, 'peer 1', 'paired'])
    file.seen(9)
    expect(onDisk()).toStrictEqual(testPeer(1, { ...defaultChoices, lastSeenMs: 9 }))
    expect(warnings).toEqual([])
  })

  it('brings along what the network taught while the disk was full', () => {
    const { file, onDisk, breakDisk } = paired()
    breakDisk(true)
    file.seen(9)
    file.seen(10)
    expect(warnings).toHaveLength(1)
    expect(() => file.configure({ paused: true })).toThrow(StoreClosedError)
    breakDisk(false)
    file.configure({ blocked: true })
    expect(onDisk()).toStrictEqual(testPeer(1, { ...defaultChoices, lastSeenMs: 10, blocked: true }))
  })

  it.each([
    ['a name', (file: PeerRecordStore) => file.rename(' '), InvalidNameError],
    ['a timeout', (file: PeerRecordStore) => file.configure({ idleTimeoutMs: -1 }), InvalidRecordError],
  ])('is refused where %s cannot be, of a guest as of a paired peer', (_, decide, error) => {
    for (const file of [paired().file, PeerRecordStore.provisional(store, testPeerId(2), [])]) {
      const before = file.name
      expect(() => decide(file)).toThrow(error)
      expect([file.name, file.settings.idleTimeoutMs]).toEqual([before, undefined])
    }
  })

  it('holds for a guest as long as it is known, and is stored when it is paired', () => {
    const file = PeerRecordStore.provisional(store, id, [])
    file.rename('Bob')
    file.configure({ protocols: [] })
    expect(store.peers()).toEqual([])
    expect(file.relation).toBe('stranger')
    file.paired('bob from afar', pairingKeys, 7.5)
    expect(store.peer(id)).toMatchObject({ name: 'Bob', named: true, protocols: [], pairedAtMs: 7, relation: 'paired' })
    expect(file.relation).toBe('paired')
  })

  it('is forgotten with the peer, of whom nothing is written after that', () => {
    const { file, onDisk } = paired()
    file.remove()
    file.remove()
    file.seen(9)
    file.learned(greeting(), 10)
    expect(onDisk()).toBeUndefined()
    expect(file.relation).toBe('stranger')
    expect(warnings).toEqual([])
  })
})

describe('P5: a member of the network', () => {
  it('is stored without keys when it is met, and named by what it calls itself', () => {
    const file = PeerRecordStore.provisional(store, id, ['tcp://10.0.0.1:1'])
    file.joined(8.9)
    file.learned(greeting(), 9)
    const expected = {
      relation: 'member',
      name: 'bob',
      pairedAtMs: 8,
      lastSeenMs: 9,
      keys: undefined,
      instanceStart: 5,
    }
    expect(store.peer(id)).toMatchObject(expected)
    expect(file.relation).toBe('member')
    file.learned(greeting({ name: 'bobby' }), 10)
    file.learned(greeting({ name: '' }), 10)
    expect(store.peer(id)?.name).toBe('bobby')
  })

  it('keeps the name that a person here chose', () => {
    const file = PeerRecordStore.provisional(store, id, [])
    file.joined(1)
    file.rename('Bob')
    file.learned(greeting({ name: 'mallory' }), 2)
    expect(store.peer(id)?.name).toBe('Bob')
  })

  it('stays paired if it was', () => {
    const { file, onDisk } = paired()
    file.joined(1)
    file.learned(greeting({ instance: { start: 1, random: new Uint8Array(8) } }), testPeer(1).lastSeenMs ?? 0)
    expect(onDisk()).toStrictEqual(testPeer(1, defaultChoices))
  })

  it('is paired by a pairing', () => {
    const file = PeerRecordStore.provisional(store, id, [])
    file.joined(1)
    file.paired('bob', pairingKeys, 2)
    expect(store.peer(id)).toMatchObject({ relation: 'paired', keys: pairingKeys, pairedAtMs: 2 })
  })

  it('is kept in memory while the disk is full, and stored with its next change', () => {
    const { file, onDisk, breakDisk } = paired()
    file.remove()
    breakDisk(true)
    file.joined(1)
    expect(file.isStored).toBe(true)
    expect(warnings).toHaveLength(1)
    breakDisk(false)
    file.seen(2)
    expect(onDisk()).toMatchObject({ relation: 'member', pairedAtMs: 1, lastSeenMs: 2 })
  })
})

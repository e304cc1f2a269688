// The contract of a store, run against each implementation.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeepAlive } from '../../src/core/health/keep-alive.ts'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import { InvalidRecordError, PeerNotStoredError, StoreClosedError } from '../../src/store/errors.ts'
import { byPairing, recordLimits } from '../../src/store/record.ts'
import { defaultChoices, settingsLimits } from '../../src/store/settings.ts'
import type { PeerRecord, Store } from '../../src/store/store.ts'

/** A place where a store can be opened again and again over the same data. */
export interface StorePlace {
  open(): Store
  dispose(): void
}

/** The id of the n-th test peer. */
export function testPeerId(n: number): PeerId {
  return peerIdFromPublicKey(new Uint8Array(32).fill(n))
}

/** A full record of the n-th test peer. */
export function testPeer(n: number, change: Partial<PeerRecord> = {}): PeerRecord {
  return {
    id: testPeerId(n),
    name: `peer ${n}`,
    pairedAtMs: 1_700_000_000_000 + n,
    addresses: [`tcp://192.168.0.${n}:4000`, 'tcp://[fe80::1]:4000'],
    instanceStart: n,
    lastSeenMs: 1_700_000_000_500,
    keys: { send: new Uint8Array(32).fill(n), receive: new Uint8Array(32).fill(255 - n) },
    relation: 'member',
    paused: n % 2 === 0,
    blocked: n % 3 === 0,
    connectPolicy: 'on-demand',
    idleTimeoutMs: 60_000 + n,
    keepAlive: { mode: 'fixed', intervalMs: 1000 * (n + 1) },
    protocols: ['chat/1', `files/${n}`],
    named: true,
    ...change,
  }
}

const text = (min: number, max: number) =>
  fc
    .string({ unit: 'binary', minLength: min, maxLength: max })
    .filter(
      (value) =>
        !/[\p{Cc}\u2028\u2029]/u.test(value) && Array.from(value).length <= max && (min === 0 || value.trim() !== ''),
    )
const wholeNumber = fc.oneof(fc.nat(), fc.maxSafeNat())
const key = fc.uint8Array({ minLength: recordLimits.keyBytes, maxLength: recordLimits.keyBytes })
const plain = { noNullPrototype: true }
const duration = fc.integer({ min: 1, max: settingsLimits.durationMsMax })
const keepAliveOf = (mode: KeepAlive['mode'], fields: Record<string, fc.Arbitrary<number> | fc.Arbitrary<boolean>>) =>
  fc.record({ mode: fc.constant(mode), ...fields }, { ...plain, requiredKeys: ['mode'] }) as fc.Arbitrary<KeepAlive>
const arbitraryKeepAlive = fc.oneof(
  keepAliveOf('adaptive', {
    intervalMsMin: fc.integer({ min: 1, max: 1000 }),
    intervalMsMax: duration.map((ms) => ms | 1024),
  }),
  keepAliveOf('fixed', { intervalMs: duration, timeoutMs: duration, failures: fc.integer({ min: 1, max: 100 }) }),
  keepAliveOf('tcp', {
    idleMs: duration,
    intervalMs: duration,
    probes: fc.integer({ min: 1, max: 100 }),
    pingsUnderLoad: fc.boolean(),
  }),
)
const arbitraryPeer: fc.Arbitrary<PeerRecord> = fc.record(
  {
    id: fc.integer({ min: 0, max: 5 }).map(testPeerId),
    name: text(1, recordLimits.nameCharsMax),
    pairedAtMs: fc.oneof(fc.nat({ max: 3 }), wholeNumber),
    addresses: fc.array(text(1, 80), { maxLength: recordLimits.addressesMax }),
    instanceStart: fc.nat({ max: recordLimits.instanceStartMax }),
    lastSeenMs: fc.option(wholeNumber, { nil: undefined }),
    keys: fc.option(fc.record({ send: key, receive: key }, plain), { nil: undefined }),
    relation: fc.constantFrom('paired', 'member'),
    paused: fc.boolean(),
    blocked: fc.boolean(),
    connectPolicy: fc.constantFrom('always', 'on-demand'),
    idleTimeoutMs: fc.option(duration, { nil: undefined }),
    keepAlive: fc.option(arbitraryKeepAlive, { nil: undefined }),
    protocols: fc.oneof(fc.constant('all' as const), fc.array(text(1, 60), { maxLength: settingsLimits.protocolsMax })),
    named: fc.boolean(),
  },
  plain,
)
const arbitrarySetting = fc.record({
  key: fc.constantFrom('port', 'name', 'Schlüssel', '鍵'),
  value: fc.string({ unit: 'binary', maxLength: 100 }),
})
const arbitraryStep = fc.oneof(
  arbitraryPeer.map((record) => ({ do: 'save' as const, record })),
  arbitraryPeer.chain((record) =>
    fc.subarray(Object.keys(record) as (keyof PeerRecord)[]).map((fields) => {
      const change = Object.fromEntries(fields.filter((field) => field !== 'id').map((field) => [field, record[field]]))
      return { do: 'update' as const, id: record.id, change }
    }),
  ),
  arbitraryPeer.map(({ id }) => ({ do: 'remove' as const, id })),
  arbitrarySetting.map((setting) => ({ do: 'set' as const, ...setting })),
  fc.nat({ max: 2 ** 40 }).map((wallNowMs) => ({ do: 'start' as const, wallNowMs })),
  fc.constant({ do: 'reopen' as const }),
)

/** What each broken record is refused for. */
const refusals: [string, keyof PeerRecord, object][] = [
  ['a name that is too long', 'name', { name: 'x'.repeat(65) }],
  ['a huge name', 'name', { name: 'x'.repeat(10_000_000) }],
  ['an empty name', 'name', { name: '' }],
  ['a blank name', 'name', { name: ' \u00a0' }],
  ['a name with control characters', 'name', { name: '\u001b[2Jbob' }],
  ['a name with half a character', 'name', { name: 'bob\ud800' }],
  ['too many addresses', 'addresses', { addresses: Array.from({ length: 17 }, (_, n) => `tcp://10.0.0.${n}:1`) }],
  ['an address that is too long', 'addresses', { addresses: ['x'.repeat(256)] }],
  ['an empty address', 'addresses', { addresses: [''] }],
  ['an address with a line break', 'addresses', { addresses: ['tcp://a:1\n'] }],
  ['a time with a fraction', 'pairedAtMs', { pairedAtMs: 0.5 }],
  ['a time that is no number', 'lastSeenMs', { lastSeenMs: Number.NaN }],
  ['a negative instance', 'instanceStart', { instanceStart: -1 }],
  ['an instance past 48 bits', 'instanceStart', { instanceStart: 2 ** 48 }],
  ['a time past 2^53', 'lastSeenMs', { lastSeenMs: 2 ** 53 }],
  ['a short key', 'keys', { keys: { send: new Uint8Array(31), receive: new Uint8Array(32) } }],
  ['a guest', 'relation', { relation: 'guest' }],
  ['a pause that is neither yes nor no', 'paused', { paused: 1 }],
  ['a block that is neither yes nor no', 'blocked', { blocked: 'yes' }],
  ['an unknown connect policy', 'connectPolicy', { connectPolicy: 'never' }],
  ['a name that is chosen by neither yes nor no', 'named', { named: null }],
  ['an idle timeout of nothing', 'idleTimeoutMs', { idleTimeoutMs: 0 }],
  ['an idle timeout beyond what a timer holds', 'idleTimeoutMs', { idleTimeoutMs: 2 ** 31 }],
  ['a keep-alive that is none', 'keepAlive', { keepAlive: 'tcp' }],
  ['a keep-alive of no mode', 'keepAlive', { keepAlive: { mode: 'never' } }],
  ['a keep-alive with a number of another mode', 'keepAlive', { keepAlive: { mode: 'tcp', failures: 3 } }],
  ['a keep-alive with a switch that is none', 'keepAlive', { keepAlive: { mode: 'tcp', pingsUnderLoad: 1 } }],
  ['a keep-alive with an inherited name', 'keepAlive', { keepAlive: { mode: 'tcp', constructor: 3 } }],
  ['a keep-alive of no interval', 'keepAlive', { keepAlive: { mode: 'fixed', intervalMs: 0 } }],
  ['a keep-alive of endless patience', 'keepAlive', { keepAlive: { mode: 'fixed', failures: 101 } }],
  ['a keep-alive upside down', 'keepAlive', { keepAlive: { mode: 'adaptive', intervalMsMin: 9, intervalMsMax: 8 } }],
  ['protocols that are no list', 'protocols', { protocols: 'chat/1' }],
  ['too many protocols', 'protocols', { protocols: Array.from({ length: 65 }, (_, n) => `p/${n}`) }],
  ['an empty protocol', 'protocols', { protocols: [''] }],
  ['a protocol of 256 bytes', 'protocols', { protocols: ['é'.repeat(128)] }],
  ['a protocol with a line break', 'protocols', { protocols: ['chat\n'] }],
]

/** Runs the contract against the stores of one kind. */
export function describeStore(name: string, make: () => StorePlace): void {
  describe(`${name}: the contract of a store`, () => {
    let place: StorePlace
    let store: Store
    const reopen = () => {
      store.close()
      store = place.open()
    }
    beforeEach(() => {
      place = make()
      store = place.open()
    })
    afterEach(() => {
      store.close()
      place.dispose()
    })

    it('starts empty', () => {
      expect(store.peers()).toEqual([])
      expect(store.peer(testPeerId(1))).toBeUndefined()
      expect(store.setting('port')).toBeUndefined()
    })

    it('gives back what was saved, also when opened again', () => {
      const nothing = { addresses: [], lastSeenMs: undefined, keys: undefined, instanceStart: 0, ...defaultChoices }
      const bare = testPeer(2, nothing)
      store.savePeer(testPeer(1))
      store.savePeer(bare)
      store.saveSetting('port', '4000')
      for (let round = 0; round < 2; round++) {
        expect(store.peer(testPeerId(1))).toStrictEqual(testPeer(1))
        expect(store.peer(testPeerId(2))).toStrictEqual(bare)
        expect(store.setting('port')).toBe('4000')
        reopen()
      }
    })

    it('lists the oldest pairing first, and those of one moment by id', () => {
      for (const [n, pairedAtMs] of [
        [1, 30],
        [2, 10],
        [4, 20],
        [3, 20],
      ] as const)
        store.savePeer(testPeer(n, { pairedAtMs }))
      const [a, b] = [testPeerId(3), testPeerId(4)].toSorted()
      expect(store.peers().map(({ id }) => id)).toEqual([testPeerId(2), a, b, testPeerId(1)])
    })

    it('changes some fields and leaves the others', () => {
      store.savePeer(testPeer(1))
      store.updatePeer(testPeerId(1), { name: 'bob', lastSeenMs: undefined })
      expect(store.peer(testPeerId(1))).toStrictEqual(testPeer(1, { name: 'bob', lastSeenMs: undefined }))
    })

    it('leaves out what is undefined in a keep-alive, and keeps the longest protocols', () => {
      const keepAlive = { mode: 'tcp', idleMs: undefined, probes: 3 } as unknown as KeepAlive
      const protocols = ['é'.repeat(127)]
      store.savePeer(testPeer(1, { keepAlive, protocols }))
      const kept = testPeer(1, { keepAlive: { mode: 'tcp', probes: 3 }, protocols })
      expect(store.peer(testPeerId(1))).toStrictEqual(kept)
    })

    it('refuses to change a peer that is not there', () => {
      expect(() => store.updatePeer(testPeerId(1), { name: 'bob' })).toThrow(PeerNotStoredError)
      expect(store.peers()).toEqual([])
    })

    it('notes when peers were last seen, all or none, and passes over those that are not there', () => {
      for (const n of [1, 2]) store.savePeer(testPeer(n))
      const moments = (at: number): [PeerId, number][] => [1, 2, 3].map((n) => [testPeerId(n), at + n])
      store.saveLastSeen(new Map(moments(1_800_000_000_000)))
      reopen()
      for (const n of [1, 2])
        expect(store.peer(testPeerId(n))).toStrictEqual(testPeer(n, { lastSeenMs: 1_800_000_000_000 + n }))
      expect(store.peer(testPeerId(3))).toBeUndefined()
      expect(() => store.saveLastSeen(new Map([...moments(0).slice(0, 1), [testPeerId(2), 0.5]]))).toThrow(
        InvalidRecordError,
      )
      expect(store.peer(testPeerId(1))?.lastSeenMs).toBe(1_800_000_000_001)
      store.savePeer(testPeer(4))
      expect(store.peers()).toHaveLength(3)
    })

    it('removes a peer for good, and does not mind one that is not there', () => {
      store.savePeer(testPeer(1))
      store.removePeer(testPeerId(1))
      store.removePeer(testPeerId(1))
      reopen()
      expect(store.peers()).toEqual([])
    })

    it('keeps names of any script', () => {
      const names = ['Zoë', 'Ζωή', 'زوي', '佐江', '👩‍👩‍👧', 'e\u0301', '𝓏'.repeat(64)]
      names.forEach((peerName, n) => store.savePeer(testPeer(n, { name: peerName })))
      reopen()
      expect(store.peers().map((peer) => peer.name)).toEqual(names)
    })

    it.each(refusals)('refuses %s and keeps what it had', (_, field, change) => {
      store.savePeer(testPeer(1))
      const refused = expect.objectContaining({ constructor: InvalidRecordError, code: 'invalid-record', field })
      expect(() => store.savePeer({ ...testPeer(1), ...change })).toThrow(refused)
      expect(() => store.updatePeer(testPeerId(1), change)).toThrow(refused)
      expect(store.peers()).toStrictEqual([testPeer(1)])
    })

    it.each(['', 'bob', testPeerId(1).toUpperCase(), `${testPeerId(1)} `])('refuses the id %j', (id) => {
      expect(() => store.savePeer(testPeer(1, { id: id as PeerId }))).toThrow(InvalidRecordError)
    })

    it('refuses settings that are too long', () => {
      expect(() => store.saveSetting('x'.repeat(129), '')).toThrow(InvalidRecordError)
      expect(() => store.saveSetting('', '')).toThrow(InvalidRecordError)
      expect(() => store.saveSetting('x', 'x'.repeat(65_537))).toThrow(InvalidRecordError)
      expect(() => store.saveSetting('x', '\udc00')).toThrow(InvalidRecordError)
      store.saveSetting('x', '\0'.repeat(65_536))
      expect(store.setting('x')).toBe('\0'.repeat(65_536))
    })

    it('shares no memory with its caller', () => {
      const record = testPeer(1)
      store.savePeer(record)
      ;(record.addresses as string[]).push('tcp://evil:1')
      ;(record.protocols as string[]).push('evil/1')
      ;(record.keepAlive as { intervalMs: number }).intervalMs = 1
      record.keys?.send.fill(0)
      const read = store.peer(testPeerId(1))
      read?.keys?.receive.fill(0)
      expect(store.peer(testPeerId(1))).toStrictEqual(testPeer(1))
    })

    it('counts instances upwards, by the clock and against it', () => {
      expect(store.nextInstanceStart(5_000_999)).toBe(5000)
      expect(store.nextInstanceStart(5_000_999)).toBe(5001)
      reopen()
      expect(store.nextInstanceStart(0)).toBe(5002)
      expect(store.nextInstanceStart(9_000_000)).toBe(9000)
      expect(() => store.nextInstanceStart(Number.NaN)).toThrow(InvalidRecordError)
      expect(store.nextInstanceStart(-1)).toBe(9001)
    })

    it('refuses everything once it is closed, and closes twice', () => {
      store.close()
      store.close()
      const calls = [
        () => store.peers(),
        () => store.peer(testPeerId(1)),
        () => store.savePeer(testPeer(1)),
        () => store.updatePeer(testPeerId(1), {}),
        () => store.removePeer(testPeerId(1)),
        () => store.saveLastSeen(new Map()),
        () => store.nextInstanceStart(0),
        () => store.setting('port'),
        () => store.saveSetting('port', '1'),
      ]
      for (const call of calls) expect(call).toThrow(StoreClosedError)
    })

    it('behaves as a Map does, whatever is done to it', () => {
      fc.assert(
        fc.property(fc.array(arbitraryStep, { maxLength: 40 }), (steps) => {
          store.close()
          place.dispose()
          place = make()
          store = place.open()
          const peers = new Map<PeerId, PeerRecord>()
          const settings = new Map<string, string>()
          let start = 0
          for (const step of steps) {
            switch (step.do) {
              case 'save':
                store.savePeer(step.record)
                peers.set(step.record.id, step.record)
                break
              case 'update': {
                const before = peers.get(step.id)
                const update = () => store.updatePeer(step.id, step.change)
                if (before === undefined) expect(update).toThrow(PeerNotStoredError)
                else update()
                if (before !== undefined) peers.set(step.id, { ...before, ...step.change })
                break
              }
              case 'remove':
                store.removePeer(step.id)
                peers.delete(step.id)
                break
              case 'set':
                store.saveSetting(step.key, step.value)
                settings.set(step.key, step.value)
                break
              case 'start': {
                const next = store.nextInstanceStart(step.wallNowMs)
                expect(next).toBe(Math.max(start + 1, Math.floor(step.wallNowMs / 1000)))
                start = next
                break
              }
              case 'reopen':
                reopen()
                break
              default:
                step satisfies never
            }
          }
          expect(store.peers()).toStrictEqual([...peers.values()].toSorted(byPairing))
          for (const [id, record] of peers) expect(store.peer(id)).toStrictEqual(record)
          for (const [name_, value] of settings) expect(store.setting(name_)).toBe(value)
        }),
      )
    })
  })
}

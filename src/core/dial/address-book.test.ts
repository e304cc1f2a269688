import { array, assert, constantFrom, nat, oneof, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADDRESSES_KEPT_MAX, AddressBook, type AddressOutcome } from './address-book.ts'
import { parseNetwork } from './address-kind.ts'

const minute = 60_000
const day = 86_400_000
const home = 'tcp://192.168.7.2:1'
const docker = 'tcp://172.17.0.2:1'
const wide = 'tcp://203.0.113.2:1'
const wide2 = 'tcp://203.0.113.3:1'
const relay = 'relay://relay.example:1'
const atHome = [parseNetwork('192.168.7.20/24')!]

const order = (book: AddressBook, nowMs: number, networks = atHome): string[] =>
  book.ranked(nowMs, networks).map(({ address }) => address)

describe('M2: the ranking of addresses', () => {
  it('has the local network before wide area before relay, where nothing is known yet', () => {
    const book = new AddressBook()
    book.announced([relay, wide, docker, home], 0)
    expect(order(book, 0)).toEqual([home, docker, wide, relay])
    // Elsewhere the private address of home is no better than any.
    expect(order(book, 0, [])).toEqual([docker, home, wide, relay])
  })

  it('has first what worked, before what is only of a better kind', () => {
    const book = new AddressBook()
    book.announced([relay, wide, docker], 0)
    book.tried(wide, 'reached', 1)
    expect(order(book, 2)).toEqual([wide, docker, relay])
  })

  it('has first, of those that worked, the better kind, then the better health, then the last', () => {
    const book = new AddressBook()
    book.announced([relay, wide, wide2, home], 0)
    for (const [at, address] of [home, wide, wide2, relay].entries()) book.tried(address, 'reached', at)
    expect(order(book, 10)).toEqual([home, wide2, wide, relay])
    book.measured(wide, 90)
    book.measured(wide2, 85)
    expect(order(book, 10)).toEqual([home, wide2, wide, relay])
    book.measured(wide2, 79)
    expect(order(book, 10)).toEqual([home, wide, wide2, relay])
    book.measured(home, 20)
    expect(order(book, 10)).toEqual([wide, wide2, home, relay])
  })

  it('has a new address in this machine’s own network before a wide one that worked', () => {
    const book = new AddressBook()
    book.announced([wide], 0)
    book.tried(wide, 'reached', 0)
    book.heard([home], minute, 1)
    expect(order(book, 2)).toEqual([home, wide])
  })

  it.each<AddressOutcome>(['failed', 'overtaken', 'wrong-peer'])(
    'has what came to nothing (%s) later, and forgets it after ten minutes',
    (outcome) => {
      const book = new AddressBook()
      book.announced([home, wide], 0)
      book.tried(home, outcome, 0)
      expect(order(book, minute)).toEqual([wide, home])
      expect(order(book, 11 * minute)).toEqual([home, wide])
    },
  )

  it('has what worked last first in an outage, in which all fail', () => {
    const book = new AddressBook()
    book.announced([docker, wide, wide2, relay], 0)
    book.tried(wide2, 'reached', 1)
    book.tried(wide, 'reached', 2)
    for (const address of [docker, wide, wide2, relay]) book.tried(address, 'failed', 1_000)
    expect(book.ranked(2_000)).toEqual([
      { address: wide, standing: 'failing' },
      { address: wide2, standing: 'failing' },
      { address: docker, standing: 'unproven' },
      { address: relay, standing: 'unproven' },
    ])
  })

  it('forgets failures in another network, but not that another peer answered', () => {
    const book = new AddressBook()
    book.announced([home, wide], 0)
    book.tried(home, 'failed', 0)
    book.networkChanged()
    expect(order(book, 1)).toEqual([home, wide])
    book.tried(home, 'wrong-peer', 1)
    book.networkChanged()
    expect(order(book, 2)).toEqual([wide, home])
  })

  it('has last what nobody has heard of and what has not worked for a week', () => {
    const book = new AddressBook()
    book.announced([home, wide], 0)
    book.tried(home, 'reached', 0)
    book.announced([wide], minute)
    expect(order(book, 6 * day)).toEqual([home, wide])
    expect(book.ranked(8 * day, atHome)).toEqual([
      { address: wide, standing: 'good' },
      { address: home, standing: 'stale' },
    ])
  })
})

describe('P6: what is known of an address', () => {
  it('says where it is from, since when, and what came of dialing it', () => {
    const book = new AddressBook([wide], 5)
    book.heard([home], minute, 10)
    book.tried(home, 'failed', 20)
    expect(book.known(30, atHome)).toMatchObject([
      { address: wide, source: 'announced', kind: 'public', lastReachedMs: 5, expiresAtMs: undefined },
      { address: home, source: 'mdns', kind: 'same-network', standing: 'unproven', lastOutcome: 'failed' },
    ])
    expect(book.known(30, atHome)[1]).toMatchObject({
      learnedAtMs: 10,
      confirmedAtMs: 10,
      expiresAtMs: 10 + minute,
      lastTriedMs: 20,
      lastReachedMs: undefined,
    })
  })

  it('from the local network ends with its time to live, or when it is taken back, unless it worked', () => {
    const book = new AddressBook()
    book.given([wide], 0)
    expect(book.heard([home, docker], minute, 0)).toBe(true)
    book.tried(docker, 'reached', 1)
    expect(book.heard([home], minute, minute / 2)).toBe(false)
    book.tried(wide, 'failed', minute + 1)
    expect(book.addresses).toEqual([wide, home, docker])
    book.heard([home, docker], 0, minute + 2)
    expect(book.known(minute + 2).map(({ address, source }) => [address, source])).toEqual([
      [docker, 'earlier'],
      [wide, 'given'],
    ])
  })

  it('is not made worse by hearsay: what the peer itself announced stays that', () => {
    const book = new AddressBook()
    book.announced([home], 0)
    book.heard([home], minute, 1)
    book.heard([home], 0, 2)
    expect(book.known(3)).toMatchObject([{ address: home, source: 'announced', expiresAtMs: undefined }])
  })

  it('is not made worse by hearsay: what a person gave stays that, though it never worked', () => {
    const book = new AddressBook([home], 0, 'given')
    book.heard([home], minute, 1)
    book.heard([home], 0, 2)
    expect(book.known(2 * minute)).toMatchObject([{ address: home, source: 'given' }])
  })

  it('that nobody speaks of is forgotten after 30 days, but never the one that worked last', () => {
    const book = new AddressBook()
    book.announced([home, wide, wide2], 0)
    book.tried(wide, 'reached', 1)
    book.announced([docker], 2)
    book.announced([docker], 29 * day)
    expect(book.addresses).toEqual([home, wide, wide2, docker])
    book.announced([docker], 31 * day)
    expect(book.addresses).toEqual([wide, docker])
    book.tried(docker, 'reached', 32 * day)
    book.announced([docker], 70 * day)
    expect(book.addresses).toEqual([docker])
  })
})

describe('M2: the addresses that are kept', () => {
  const many = (count: number, from = 0): string[] =>
    Array.from({ length: count }, (_, at) => `tcp://198.51.100.${from + at}:1`)

  it('are 16, the newly announced ones rather than the old, but always the one that worked last', () => {
    const book = new AddressBook(many(16), 0)
    book.announced(many(20, 100), 1)
    expect(book.size).toBe(ADDRESSES_KEPT_MAX)
    expect(book.persisted()[0]).toBe(many(1)[0])
    expect(book.persisted().slice(1)).toEqual(many(15, 100))
  })

  it('are not driven out by hearsay', () => {
    const book = new AddressBook(many(14), 0)
    book.announced(many(14), 0)
    for (let round = 0; round < 20; round++) book.heard(many(4, 100 + 4 * round), minute, round)
    expect(book.size).toBe(ADDRESSES_KEPT_MAX)
    expect(book.persisted().slice(0, 14)).toEqual(many(14))
  })

  it('are stored as a list, what worked last first, which changes for nothing else', () => {
    const book = new AddressBook([wide, home], 0)
    expect(book.persisted()).toEqual([wide, home])
    book.tried(home, 'failed', 1)
    book.measured(home, 99)
    book.announced([home, wide], 2)
    expect(book.persisted()).toEqual([wide, home])
    book.tried(home, 'reached', 3)
    expect(book.persisted()).toEqual([home, wide])
    expect(new AddressBook(book.persisted(), 4).persisted()).toEqual([home, wide])
  })

  it('include one that worked though nobody had named it', () => {
    const book = new AddressBook()
    book.tried(wide, 'failed', 0)
    expect(book.size).toBe(0)
    book.tried(wide, 'reached', 0)
    expect(book.persisted()).toEqual([wide])
  })

  it('are at most 16, each ranked once, whatever comes', () => {
    const address = nat(40).map((number) => `tcp://198.51.100.${number}:1`)
    const step = oneof(
      record({ kind: constantFrom('announced' as const), addresses: array(address, { maxLength: 20 }) }),
      record({
        kind: constantFrom('heard' as const, 'given' as const),
        addresses: array(address, { maxLength: 5 }),
      }),
      record({
        kind: constantFrom<AddressOutcome[]>('reached', 'failed', 'overtaken', 'wrong-peer'),
        addresses: array(address, { maxLength: 2 }),
      }),
    )
    assert(
      property(array(step, { maxLength: 30 }), (steps) => {
        const book = new AddressBook()
        // Several at the same moment, of which one at least is kept.
        let worked: readonly string[] = []
        for (const [at, { kind, addresses }] of steps.entries()) {
          const nowMs = at * day
          if (kind === 'announced') book.announced(addresses, nowMs)
          else if (kind === 'given') book.given(addresses, nowMs)
          else if (kind === 'heard') book.heard(addresses, day, nowMs)
          else {
            for (const one of addresses) book.tried(one, kind, nowMs)
            if (kind === 'reached' && addresses.length > 0) worked = addresses
          }
          const ranked = book.ranked(nowMs).map((one) => one.address)
          expect(ranked.length).toBeLessThanOrEqual(ADDRESSES_KEPT_MAX)
          expect(new Set(ranked).size).toBe(ranked.length)
          const known = book.known(nowMs)
          expect(known.map((one) => one.address)).toEqual(ranked)
          // Hearsay that never worked is not for the disk.
          const lasting = known.filter((one) => one.source !== 'mdns' || one.lastReachedMs !== undefined)
          expect(book.persisted().toSorted()).toEqual(lasting.map((one) => one.address).toSorted())
          if (worked.length > 0) expect(ranked.some((one) => worked.includes(one))).toBe(true)
        }
      }),
    )
  })
})

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { peerIdFromPublicKey } from '../../identity/peer-id.ts'
import { createDatabase, databasePath } from '../../store/database.ts'
import { chatWire } from './limits.ts'
import type { IncomingMessage } from './message.ts'
import { chatDatabasePath, chatSchema } from './schema.ts'
import { ChatStore, openChatStore } from './store.ts'

const bob = peerIdFromPublicKey(new Uint8Array(32).fill(1))
const carol = peerIdFromPublicKey(new Uint8Array(32).fill(2))
const message = (number: number, text = `text ${number}`): IncomingMessage => ({
  id: number.toString(16).padStart(32, '0'),
  text,
  writtenAtMs: 1_000 + number,
  delayed: number === 3,
})
const texts = (list: readonly { readonly text: string }[]): string[] => list.map(({ text }) => text)

describe('conversations in memory', () => {
  let db: DatabaseSync
  const open = (historyMessagesMax = 10_000, historyBytesMax = 1e9): ChatStore =>
    new ChatStore(db, { path: ':memory:', limits: { historyMessagesMax, historyBytesMax } })
  beforeEach(() => {
    db = new DatabaseSync(':memory:')
    for (const step of chatSchema.steps) db.exec(step)
  })
  afterEach(() => db.close())

  it('keep what is written until it is delivered, in order, across restarts', () => {
    const before = open()
    for (const number of [1, 2, 3]) before.keep(bob, message(number))
    before.keep(carol, message(1))
    const store = open()
    expect(store.waitingOf(bob)).toBe(3)
    expect(texts(store.waitingAfter(bob, 0, 2))).toEqual(['text 1', 'text 2'])
    expect(store.delivered(bob, [message(1).id, message(2).id, message(9).id], 5_000)).toMatchObject([
      { text: 'text 1', arrivedAtMs: 5_000 },
      { text: 'text 2', arrivedAtMs: 5_000 },
    ])
    expect(store.delivered(bob, [message(1).id], 6_000)).toEqual([])
    expect([store.waitingOf(bob), store.waitingOf(carol)]).toEqual([1, 1])
    expect(open().waitingAfter(bob, 0, 9)).toMatchObject([{ text: 'text 3', delayed: true, writtenAtMs: 1_003 }])
  })

  it('give no number again that a database which was put aside, or a copy of this one, has given', () => {
    const opened = (numbersFrom: number): ChatStore => new ChatStore(db, { path: ':memory:', numbersFrom })
    expect(opened(5_000).keep(bob, message(1)).number).toBe(5_000)
    const store = opened(6_000)
    expect([store.keep(bob, message(2)).number, store.keep(bob, message(3)).number]).toEqual([6_000, 6_001])
    expect(store.received(bob, [message(2)], 1).map(({ number }) => number)).toEqual([6_002])
    // A clock that was set back leads to no number of before.
    expect(opened(10).keep(bob, message(4)).number).toBe(6_003)
  })

  it('take what comes once, and tell what is new', () => {
    const store = open()
    expect(texts(store.received(bob, [message(1), message(2), message(1)], 7))).toEqual(['text 1', 'text 2'])
    expect(texts(open().received(bob, [message(2), message(3)], 8))).toEqual(['text 3'])
    // Another peer, and this side, may use the same ids.
    expect(store.received(carol, [message(1)], 9)).toHaveLength(1)
    expect(store.keep(bob, message(1))).toMatchObject({ author: 'me' })
    expect(store.page({ peer: bob, limit: 9 }).map(({ author, arrivedAtMs }) => [author, arrivedAtMs])).toEqual([
      ['peer', 7],
      ['peer', 7],
      ['peer', 8],
      ['me', undefined],
    ])
  })

  it('are read page by page, the newest first', () => {
    const store = open()
    store.received(
      bob,
      [1, 2, 3, 4, 5].map((number) => message(number)),
      7,
    )
    const last = store.page({ peer: bob, limit: 2 })
    expect(texts(last)).toEqual(['text 4', 'text 5'])
    expect(texts(store.page({ peer: bob, limit: 2, before: last[0]!.number }))).toEqual(['text 2', 'text 3'])
    store.received(carol, [message(1)], 8)
    expect(texts(store.page({ peer: bob, limit: 2, after: last[0]!.number - 1 }))).toEqual(['text 4', 'text 5'])
    expect(texts(store.page({ limit: 9, after: last[1]!.number }))).toEqual(['text 1'])
    expect(store.page({ limit: 9 })).toHaveLength(6)
    expect(store.peers()).toEqual([carol, bob])
  })

  it('lose the oldest of an author when there are too many, and never what waits', () => {
    const store = open(3)
    for (const number of [1, 2, 3, 4, 5]) store.keep(bob, message(number))
    store.received(
      bob,
      [11, 12, 13, 14, 15].map((number) => message(number)),
      7,
    )
    expect(texts(store.page({ peer: bob, limit: 99 }))).toEqual(
      [1, 2, 3, 4, 5, 13, 14, 15].map((number) => `text ${number}`),
    )
    store.delivered(
      bob,
      [1, 2, 3].map((number) => message(number).id),
      8,
    )
    expect(texts(store.page({ peer: bob, limit: 99 })).slice(0, 4)).toEqual(['text 3', 'text 4', 'text 5', 'text 13'])
    expect(store.waitingOf(bob)).toBe(2)
  })

  it('lose the oldest of an author when it is too much text', () => {
    const store = open(100, 1_000)
    for (let number = 0; number < 10; number++) store.received(bob, [message(number, 'é'.repeat(150))], 7)
    expect(store.page({ peer: bob, limit: 99 }).map(({ writtenAtMs }) => writtenAtMs)).toEqual([1_007, 1_008, 1_009])
  })

  it('stop at a thousand that wait for one peer', () => {
    const store = open()
    for (let number = 0; number < chatWire.waitingMessagesMax; number++) store.keep(bob, message(number))
    expect(() => store.keep(bob, message(5_000))).toThrow(expect.objectContaining({ code: 'chat-full' }))
    store.keep(carol, message(1))
    store.delivered(bob, [message(0).id], 1)
    store.keep(bob, message(5_000))
  })

  it('change nothing when a part of it cannot be written', () => {
    const store = open()
    store.keep(bob, message(1))
    db.exec('PRAGMA max_page_count = 1')
    const many = Array.from({ length: 10 }, (_, number) => message(number, 'x'.repeat(2_000)))
    expect(() => store.received(bob, many, 7)).toThrow(expect.objectContaining({ code: 'store-failed' }))
    expect(texts(store.page({ peer: bob, limit: 99 }))).toEqual(['text 1'])
    expect(store.waitingOf(bob)).toBe(1)
    db.exec('PRAGMA max_page_count = 10000')
    expect(store.received(bob, many, 7)).toHaveLength(10)
  })

  it('notice a row that was changed by others', () => {
    const store = open()
    store.received(bob, [message(1)], 7)
    db.exec(`UPDATE message SET written_at_ms = 5`)
    expect(() => store.page({ peer: bob, limit: 9 })).toThrow(expect.objectContaining({ code: 'database-damaged' }))
  })
})

describe('conversations on disk', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'holdfast-chat-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('are there again, for this user alone', () => {
    const store = openChatStore(dir)
    store.keep(bob, message(1, 'a\0b'))
    store.close()
    expect(() => store.waitingOf(bob)).toThrow(expect.objectContaining({ code: 'store-closed' }))
    if (process.platform !== 'win32') expect(statSync(chatDatabasePath(dir)).mode & 0o777).toBe(0o600)
    const again = openChatStore(dir)
    expect(texts(again.page({ peer: bob, limit: 9 }))).toEqual(['a\0b'])
    again.close()
  })

  it('are refused and left alone where they are damaged, newer, or not conversations', () => {
    openChatStore(dir).close()
    const path = chatDatabasePath(dir)
    const good = readFileSync(path)
    writeFileSync(path, good.subarray(0, 5_000))
    expect(() => openChatStore(dir)).toThrow(
      /'.*chat\.db' is damaged .* aside to start without the conversations of before/,
    )
    expect(readFileSync(path)).toEqual(good.subarray(0, 5_000))
    writeFileSync(path, good)
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => openChatStore(dir)).toThrow(expect.objectContaining({ code: 'database-newer' }))
    rmSync(path)
    createDatabase(databasePath(dir))
    writeFileSync(path, readFileSync(databasePath(dir)))
    expect(() => openChatStore(dir)).toThrow('not a database of Holdfast')
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeAttach } from '../../src/core/frame/encode.ts'
import { decodeTicket } from '../../src/identity/ticket.ts'
import { contentOf } from './content.ts'
import { forge } from './forge.ts'
import type { HostileLink } from './hostile-peer.ts'
import { allocate, instanceOf } from './party.ts'
import { Stage } from './stage.ts'

let stage: Stage

afterEach(async () => {
  expect(await stage.harm()).toEqual([])
  await stage.close()
})

/** What an attached link, or one that should be, has come to after a second. */
async function after(link: HostileLink, ms = 1_000): Promise<HostileLink> {
  await stage.run(ms)
  return link
}

describe('before a link is attached', () => {
  beforeEach(async () => {
    stage = await Stage.set()
  })

  const firsts: readonly (readonly [what: string, frames: () => Uint8Array[]])[] = [
    ['DATA', () => [forge.data(1, 2, 0, 10)]],
    ['OPEN', () => [forge.open(1, 2)]],
    ['ACK', () => [forge.ack(1)]],
    ['PING', () => [forge.ping(1)]],
    ['ATTACH without HELLO', () => [encodeAttach(allocate, stage.mallory.statement())]],
    ['HELLO twice', () => [stage.mallory.hello(), stage.mallory.hello()]],
    ['HELLO and then DATA', () => [stage.mallory.hello(), forge.data(1, 2, 0, 10)]],
    ['an ANSWER', () => [forge.raw(0x02, stage.mallory.hello().subarray(4))]],
    ['a REFUSE', () => [forge.raw(0x03, Buffer.from([0, 5]))]],
    ['a HELLO without fields', () => [forge.raw(0x01, Buffer.alloc(0))]],
    ['a HELLO with a field that is longer than it', () => [forge.raw(0x01, Buffer.from([1, 0xff, 0xff, 0]))]],
    ['a HELLO with a field twice', () => [forge.raw(0x01, Buffer.from([1, 0, 2, 0, 0, 1, 0, 2, 0, 0]))]],
    ['a HELLO of 8,193 bytes', () => [forge.raw(0x01, Buffer.alloc(0), 8_193)]],
    ['HTTP', () => [Buffer.from('GET / HTTP/1.1\r\nHost: victim\r\n\r\n')]],
    [
      'ATTACH with 17 links',
      () => [stage.mallory.hello(), forge.raw(0x04, Buffer.from([...Buffer.alloc(34), 17, ...Buffer.alloc(68)]))],
    ],
    [
      'ATTACH with epoch 0',
      () => [stage.mallory.hello(), encodeAttach(allocate, stage.mallory.statement({ epoch: 0 }))],
    ],
  ]

  it.each(firsts)('%s is refused as malformed, and ends the connection', async (_what, frames) => {
    const link = await stage.wait(stage.mallory.open())
    link.send(...frames())
    await after(link)
    expect(link.isClosed).toBe(true)
    expect(link.frames).toMatchObject([{ type: 'refuse', code: 'malformed' }])
    expect(stage.victim.peer(stage.malloryId).state.kind).toBe('paired')
  })

  it('silence ends it after ten seconds', async () => {
    const link = await stage.wait(stage.mallory.open())
    await after(link, 9_000)
    expect(link.isClosed).toBe(false)
    await after(link, 1_500)
    expect(link.isClosed).toBe(true)
  })

  it('a slow drip ends it after ten seconds, whatever has come by then', async () => {
    const link = await stage.wait(stage.mallory.open())
    const hello = stage.mallory.hello()
    for (let at = 0; at < 12; at++) {
      link.send(hello.subarray(at, at + 1))
      await stage.run(1_000)
    }
    expect(link.isClosed).toBe(true)
  })

  it('a link number that is not the dialer’s to give ends it', async () => {
    const link = await stage.wait(stage.mallory.dial({ attach: { link: stage.mallory.stream(9) ^ 1 } }))
    await after(link)
    expect([link.isClosed, link.isAttached]).toEqual([true, false])
  })

  it('an older instance is refused, and so is one with other random bytes', async () => {
    await after(await stage.wait(stage.mallory.dial({ greeting: { instance: instanceOf(5, 1) } })))
    const older = await after(await stage.wait(stage.mallory.dial({ greeting: { instance: instanceOf(4, 1) } })))
    const other = await after(await stage.wait(stage.mallory.dial({ greeting: { instance: instanceOf(5, 2) } })))
    expect([older.refusal?.code, other.refusal?.code]).toEqual(['identity-in-use', 'identity-in-use'])
  })
})

describe('a flood of hellos, from one peer', () => {
  const lines: string[] = []

  beforeEach(async () => {
    lines.length = 0
    const write = (_facts: object, text: string): void => void lines.push(text)
    stage = await Stage.set({ logger: { debug: () => undefined, info: write, warn: write, error: write } })
  })

  const floods: readonly (readonly [what: string, greet: (count: number) => Promise<HostileLink>])[] = [
    [
      'each link closed at once',
      async () => {
        const link = await stage.mallory.dial()
        link.close()
        return link
      },
    ],
    ['each link left open', () => stage.mallory.dial()],
    [
      'each superseding the last',
      async () => {
        const link = await stage.mallory.open()
        const held = [stage.mallory.nextLink]
        link.send(stage.mallory.hello(), encodeAttach(allocate, stage.mallory.statement({ held })))
        return link
      },
    ],
    ['each of a new instance', (count) => stage.mallory.dial({ greeting: { instance: instanceOf(10 + count, 1) } })],
    [
      'each with another name and address',
      (count) =>
        stage.mallory.dial({ greeting: { name: `mallory ${count}`, addresses: [`memory://mallory:${count + 1}`] } }),
    ],
  ]

  it.each(floods)('harms nobody, is bounded, and is written down now and then: %s', async (_what, greet) => {
    const { store, victim } = stage
    let writes = 0
    const updatePeer = store.updatePeer.bind(store)
    store.updatePeer = (...change) => {
      writes++
      updatePeer(...change)
    }
    const links: HostileLink[] = []
    let most = 0
    for (let count = 0; count < 500; count++) {
      await stage.run(10)
      greet(count).then(
        (link) => links.push(link),
        () => undefined,
      )
      most = Math.max(most, victim.peer(stage.malloryId).links.length)
    }
    await stage.run(1_000)
    const refused = links.filter(({ refusal }) => refusal?.code === 'busy').length
    // What it may do at once, and for the six seconds.
    const taken = 64 + 2 * 6
    expect(most).toBeLessThanOrEqual(8)
    expect(refused).toBeGreaterThanOrEqual(500 - taken)
    expect(writes).toBeLessThanOrEqual(2 * taken)
    expect(lines.length).toBeLessThanOrEqual(6)
    expect(victim.peer(stage.malloryId).addresses.length).toBeLessThanOrEqual(16)
    // A while later it is as welcome as before.
    await stage.run(10_000)
    const later = await stage.wait(stage.mallory.dial({ greeting: { instance: instanceOf(600, 1) } }))
    expect((await after(later)).isAttached).toBe(true)
  })
})

describe('an ATTACH of a hostile peer', () => {
  beforeEach(async () => {
    stage = await Stage.set()
    stage.victim.handle('sink', (stream) => void stream.resume())
  })

  it('that does not hold its own link is malformed, and one that holds links of others harms its own alone', async () => {
    const first = await after(await stage.wait(stage.mallory.dial()))
    const none = await after(await stage.wait(stage.mallory.dial({ attach: { held: [] } })))
    expect([none.refusal?.code, none.isClosed, first.isClosed]).toEqual(['malformed', true, false])
    const ofOthers = Array.from({ length: 15 }, (_, at) => 0xffff_ff00 + at)
    const link = stage.mallory.nextLink
    const second = await after(await stage.wait(stage.mallory.dial({ attach: { held: [...ofOthers, link] } })))
    expect([first.isClosed, second.isAttached]).toEqual([true, true])
    expect(stage.losses).toEqual(['superseded'])
    expect(stage.victim.peer(stage.malloryId).links).toHaveLength(1)
  })

  it('with a generation from long ago is stale', async () => {
    await after(await stage.wait(stage.mallory.dial({ attach: { generation: 2 ** 47 } })))
    const stale = await after(await stage.wait(stage.mallory.dial({ attach: { generation: 5 } })))
    expect(stale.refusal?.code).toBe('stale-attach')
  })

  it('with an epoch far ahead ends the session that was, and the next one goes on from there', async () => {
    const first = await after(await stage.wait(stage.mallory.dial()))
    const link = await after(await stage.wait(stage.mallory.dial({ attach: { epoch: 0xffff_fff0 } })))
    expect([first.isClosed, link.isAttached]).toEqual([true, true])
    link.send(forge.ack(1_000))
    await after(link)
    expect(link.rule).toBe('acknowledgement-unsent')
    const again = await after(await stage.wait(stage.mallory.dial()))
    expect([again.isAttached, stage.mallory.epoch]).toEqual([true, 0xffff_fff1])
  })

  it('beyond the eighth link is refused as busy', async () => {
    const links: HostileLink[] = []
    for (let count = 0; count < 9; count++) links.push(await after(await stage.wait(stage.mallory.dial()), 200))
    expect(links.map((link) => link.refusal?.code).filter((code) => code !== undefined)).toEqual(['busy'])
  })

  it('with frames right behind it is answered for them too: a violation there is told as in any session', async () => {
    const link = await stage.wait(stage.mallory.open())
    link.send(stage.mallory.hello(), encodeAttach(allocate, stage.mallory.statement()), forge.ack(99))
    await after(link)
    expect(link.isAttached).toBe(true)
    expect(link.rule).toBe('acknowledgement-unsent')
  })

  it('whose greeting announces addresses that cannot be stored is taken without them', async () => {
    const addresses = [
      'tcp://a\u2028b:1',
      'tcp://a\u2029b:1',
      'tcp://a\u0007b:1',
      '',
      '\ud83d\ude00'.repeat(60),
      'http://[',
      'tcp://192.0.2.1:1',
    ]
    const link = await after(await stage.wait(stage.mallory.dial({ greeting: { addresses } })))
    expect(link.isAttached).toBe(true)
    expect(stage.store.peer(stage.malloryId)?.addresses).toContain('tcp://192.0.2.1:1')
    expect(stage.store.peer(stage.malloryId)?.addresses.join('')).not.toMatch(/\p{C}|\p{Zl}|\p{Zp}/u)
  })

  it('frames that come behind CLOSE are not looked at', async () => {
    const link = await after(await stage.wait(stage.mallory.dial()))
    link.close()
    link.send(forge.raw(0xff, contentOf(0, 0, 1_000)))
    await after(link)
    expect(stage.losses).toEqual(['not-wanted'])
    const both = await after(await stage.wait(stage.mallory.dial()))
    both.send(forge.raw(0x08, Buffer.from([0, 0, 4])), forge.raw(0xff, contentOf(0, 0, 1_000)), forge.ack(77))
    await after(both)
    expect(stage.losses).toEqual(['not-wanted', 'not-wanted'])
    expect(both.goodbye).toBeUndefined()
  })

  it('frames of a link that was superseded are not looked at', async () => {
    const old = await after(await stage.wait(stage.mallory.dial()))
    const held = [stage.mallory.stream(2)]
    const young = await after(await stage.wait(stage.mallory.dial({ attach: { held } })))
    old.send(forge.ack(1_000), forge.open(2 ** 40, 0))
    await after(old)
    expect(young.goodbye).toBeUndefined()
    expect(young.isClosed).toBe(false)
  })
})

describe('a stranger with a ticket', () => {
  beforeEach(async () => {
    stage = await Stage.set({ paired: false })
    stage.victim.handle('sink', (stream) => void stream.resume())
  })

  const ticket = async (): Promise<Uint8Array> => decodeTicket(await stage.victim.ticket()).number

  it('is refused without one, and with one that is not known', async () => {
    const none = await after(await stage.wait(stage.mallory.dial()))
    const wrong = await after(await stage.wait(stage.mallory.dial({ greeting: { ticket: new Uint8Array(8) } })))
    expect([none.refusal?.code, wrong.refusal?.code]).toEqual(['not-paired', 'ticket-refused'])
  })

  it('may open no stream but those of the pairing', async () => {
    const link = await after(await stage.wait(stage.mallory.dial({ greeting: { ticket: await ticket() } })), 200)
    expect(link.isAttached).toBe(true)
    link.send(forge.open(1, stage.mallory.stream(1), 'sink'))
    await after(link)
    expect(link.rule).toBe('provisional')
    expect(() => stage.victim.peer(stage.malloryId)).toThrow('No paired peer')
  })

  it('may open two of those, and no third', async () => {
    const link = await after(await stage.wait(stage.mallory.dial({ greeting: { ticket: await ticket() } })), 200)
    for (let at = 1; at <= 3; at++) link.send(forge.open(at, stage.mallory.stream(at), 'holdfast/pair/1'))
    await after(link)
    expect(link.rule).toBe('provisional')
  })

  it('that says nothing more, or nonsense, is gone in ten seconds', async () => {
    const number = await ticket()
    const silent = await after(await stage.wait(stage.mallory.dial({ greeting: { ticket: number } })), 200)
    await after(silent, 11_000)
    expect(silent.isClosed).toBe(true)
    stage.mallory.instance = instanceOf(2, 2)
    stage.mallory.victimInstance = undefined
    const nonsense = await after(await stage.wait(stage.mallory.dial({ greeting: { ticket: number } })), 200)
    nonsense.send(
      forge.open(1, stage.mallory.stream(1), 'holdfast/pair/1'),
      forge.data(2, stage.mallory.stream(1), 0, 5_000),
    )
    await after(nonsense)
    expect(nonsense.isClosed).toBe(true)
  })

  it('takes no place for good: after many failures another can still try', async () => {
    const number = await ticket()
    for (let count = 0; count < 70; count++) {
      const wrongSide = stage.mallory.stream(50 + count) ^ 1
      const link = await stage.wait(stage.mallory.dial({ greeting: { ticket: number }, attach: { link: wrongSide } }))
      await after(link, 100)
      expect(link.isClosed).toBe(true)
    }
    const last = await after(await stage.wait(stage.mallory.dial({ greeting: { ticket: number } })), 200)
    expect(last.refusal).toBeUndefined()
    expect(last.isAttached).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { refusals } from '../../src/core/frame/constants.ts'
import { defaultFoldLimits, LogFolder } from '../../src/core/peer/fold.ts'
import { lossReasons } from '../../src/core/peer/reasons.ts'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { LinkInfo } from '../../src/node/api.ts'
import { explain, type Reason } from '../../src/node/events/event-explain.ts'
import { EventStream } from '../../src/node/events/event-stream.ts'
import { describeEvent } from '../../src/node/events/event-text.ts'
import type { NewNodeEvent, NodeEvent } from '../../src/node/events/events.ts'
import { type Logger, NodeLog } from '../../src/node/events/log.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { serveEcho, VirtualWorld } from './virtual.ts'

const HOUR_MS = 3_600_000
const somebody = 'hf1somebody' as PeerId
const link = { address: 'tcp://192.0.2.2:4000', direction: 'outbound', state: 'healthy', roundTripMs: 12 } as LinkInfo

function about(type: 'peer:connected' | 'peer:disconnected' | 'session:new', name = 'bob'): NewNodeEvent {
  const peer = { id: `hf1${name}` as PeerId, name }
  switch (type) {
    case 'peer:connected':
      return { type, peer, link, awayMs: undefined }
    case 'peer:disconnected':
      return { type, peer, reason: 'no-answer', heldMs: 1_000, nextAttempt: undefined }
    case 'session:new':
      return { type, peer }
  }
}

describe('the events of a node', () => {
  const hub = (waitingMax?: number): EventStream =>
    new EventStream({ node: somebody, wallNow: () => 5, ...(waitingMax !== undefined && { waitingMax }) })

  it('come to each consumer in order, from the moment when it asked', async () => {
    const events = hub()
    events.emit(about('session:new'))
    const [one, other] = [events.subscribe(), events.subscribe()]
    const early = one.next()
    events.emit(about('peer:connected'))
    events.emit(about('peer:disconnected'))
    events.end()
    const rest: NodeEvent[] = []
    for await (const event of one) rest.push(event)
    expect([(await early).value?.sequence, ...rest.map(({ sequence }) => sequence)]).toEqual([2, 3])
    const all: NodeEvent[] = []
    for await (const event of other) all.push(event)
    expect(all).toMatchObject([
      { type: 'peer:connected', sequence: 2, atMs: 5 },
      { type: 'peer:disconnected', sequence: 3 },
    ])
    expect((await events.subscribe().next()).done).toBe(true)
  })

  it('are dropped where nobody reads them, the oldest first, and the consumer is told how many', async () => {
    const events = hub(100)
    const slow = events.subscribe()
    for (let at = 0; at < 1_000; at++) events.emit(about('session:new'))
    expect((await slow.next()).value).toMatchObject({ type: 'events:missed', count: 900, sequence: 900 })
    for (let at = 0; at < 100; at++) expect((await slow.next()).value).toMatchObject({ sequence: 901 + at })
    events.emit(about('session:new'))
    expect((await slow.next()).value).toMatchObject({ type: 'session:new', sequence: 1_001 })
  })

  it('wait for a forgotten consumer 1,024 at a time', async () => {
    const events = hub()
    const forgotten = events.subscribe()
    for (let at = 0; at < 5_000; at++) events.emit(about('session:new'))
    events.end()
    let read = 0
    for await (const event of forgotten) read += event.sequence > 0 ? 1 : 0
    expect(read).toBe(1_024 + 1)
  })

  it('end with the signal, with the loop, and with the node', async () => {
    const events = hub()
    const controller = new AbortController()
    const byNode = events.subscribe()
    const bySignal = events.subscribe({ signal: controller.signal })
    const waiting = bySignal.next()
    events.emit(about('session:new'))
    expect((await waiting).done).toBe(false)
    const last = bySignal.next()
    controller.abort()
    expect((await last).done).toBe(true)
    expect(events.consumers).toBe(1)
    for await (const event of events.subscribe({ signal: controller.signal })) expect(event).toBeUndefined()
    const byLoop = events.subscribe()
    events.emit(about('session:new'))
    for await (const event of byLoop) if (event.sequence > 0) break
    expect([events.consumers, (await byLoop.next()).done]).toEqual([1, true])
    const end = (async () => {
      for await (const event of byNode) expect(event.type).toBe('session:new')
    })()
    events.end()
    await end
    expect(events.consumers).toBe(0)
  })
})

describe('L2: what a node tells of its peers', () => {
  it('is the whole story of an outage, with reasons and durations', async () => {
    const world = new VirtualWorld()
    const alice = await world.node('alice')
    const bob = await world.node('bob')
    const told: NodeEvent[] = []
    void (async () => {
      for await (const event of alice.events()) told.push(event)
    })()
    await world.wait(alice.pair(await bob.ticket()))
    await world.run(10_000)
    const path = world.network.path('alice', 'bob')
    path.change({ dials: 'refuse' })
    path.reset()
    await world.run(20_000)
    path.change({ dials: 'pass' })
    await world.run(60_000)
    await world.wait(bob.close())
    await world.run(500)
    await world.wait(alice.close())
    await world.run(1)
    const known = new Set(['peer:paired', 'session:new', 'peer:connected', 'peer:disconnected', 'link:up', 'link:lost'])
    const story = told.filter(({ type }) => known.has(type))
    expect(story.map(({ type }) => type)).toEqual([
      'peer:paired',
      'session:new',
      'link:up',
      'peer:connected',
      'link:lost',
      'peer:disconnected',
      'link:up',
      'peer:connected',
      'link:lost',
      'peer:disconnected',
    ])
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, at) => at + 1))
    const [, , , , , lost, , again, , gone] = story
    expect(lost).toMatchObject({ peer: { name: 'bob', id: bob.id }, reason: 'connection-reset' })
    expect(again).toMatchObject({ awayMs: expect.any(Number) })
    if (again?.type === 'peer:connected') expect(again.awayMs).toBeGreaterThanOrEqual(20_000)
    expect(gone).toMatchObject({ reason: 'peer-shut-down', nextAttempt: expect.any(Number) })
    for (const event of told) expect(describeEvent(event)).not.toMatch(/undefined|NaN|\[object|\.$/)
    expect(JSON.parse(JSON.stringify(told))).toHaveLength(told.length)
  })
})

describe('what events say to people', () => {
  const at = { sequence: 1, atMs: 1_000_000 } as const
  const lost: NodeEvent = {
    ...about('peer:disconnected'),
    ...at,
    nextAttempt: 1_016_000,
    heldMs: 7_500_000,
  } as NodeEvent

  it('is one plain sentence', () => {
    expect(describeEvent(lost)).toBe('lost bob after 2 h 5 min: no answer to probes; next attempt in 16 s')
    expect(describeEvent(lost, 1_012_000)).toBe(
      '12 s ago: lost bob after 2 h 5 min: no answer to probes; next attempt in 4 s',
    )
    expect(describeEvent({ ...about('peer:connected'), ...at })).toBe('connected to bob, over tcp://192.0.2.2:4000')
    expect(describeEvent({ type: 'wake', stalledMs: 4 * HOUR_MS, ...at })).toBe(
      'the process did not run for 4 h: the machine slept, or something kept it busy',
    )
    expect(describeEvent({ type: 'events:missed', count: 1, ...at })).toBe(
      '1 event missed, because they were not read in time',
    )
  })

  it('names cause and cure of every reason there is', () => {
    const reasons = [...lossReasons, ...Object.keys(refusals), 'unreachable', 'kept-out', 'blocked-here'] as Reason[]
    const said = reasons.map(explain)
    for (const text of said) expect(text).toMatch(/^[^;]{10,}; [^;]{10,}/)
    expect(new Set(said).size).toBeGreaterThan(reasons.length - 6)
  })
})

describe('L10: the log', () => {
  interface Line {
    readonly atMs: number
    readonly level: string
    readonly facts: Record<string, unknown>
    readonly message: string
  }

  function collecting(clock: { now(): number }): { logger: Logger; lines: Line[] } {
    const lines: Line[] = []
    const write = (level: string) => (facts: object, message: string) =>
      void lines.push({ atMs: clock.now(), level, facts: facts as Record<string, unknown>, message })
    return { lines, logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } }
  }

  function stage(): { clock: VirtualClock; events: EventStream; lines: Line[]; log: NodeLog } {
    const clock = new VirtualClock()
    const events = new EventStream({ node: somebody, wallNow: () => clock.wallNow() })
    const { logger, lines } = collecting(clock)
    return { clock, events, lines, log: new NodeLog({ logger, events, clock }) }
  }

  it('has a few dozen lines about a peer that comes and goes every second for a day, and they add up', async () => {
    const { clock, events, lines, log } = stage()
    const SECONDS = 86_400
    for (let second = 0; second < SECONDS; second++) {
      events.emit(about(second % 2 === 0 ? 'peer:connected' : 'peer:disconnected'))
      await clock.run((second + 1) * 1_000)
    }
    log.close()
    expect(lines.length).toBeLessThanOrEqual(24)
    const told = lines.reduce((sum, { facts }) => sum + Number(facts['count'] ?? 1), 0)
    expect(told).toBe(SECONDS)
    expect(lines[3]?.message).toMatch(/^lost bob .* \(\d+ times more within .*; this is the last\)$/)
  }, 60_000)

  it('says at once that something begins, and within a minute that it went on', async () => {
    const { clock, events, lines } = stage()
    events.emit(about('peer:disconnected'))
    await clock.run(500)
    expect(lines).toMatchObject([{ atMs: 0, level: 'warn', facts: { event: 'peer:disconnected', name: 'bob' } }])
    events.emit(about('peer:disconnected'))
    await clock.run(61_000)
    expect(lines).toHaveLength(2)
    expect(lines[1]?.facts).toMatchObject({ count: 1 })
    expect(clock.pendingTimers).toBe(0)
  })

  it('tells peers apart as long as they are not too many, and keeps no more than its bound of them', () => {
    const folder = new LogFolder<number>()
    let written = 0
    for (let at = 0; at < 10_000; at++) if (folder.offer('lost', `peer ${at}`, at, 0) === 'write') written++
    expect(written).toBeLessThanOrEqual(defaultFoldLimits.keysMax + 1)
    expect(folder.keys).toBeLessThanOrEqual(defaultFoldLimits.keysMax + 1)
    const lines = folder.due(60_000)
    expect(lines).toEqual([{ last: 9_999, count: 10_000 - written, spanMs: 0, isMixed: true }])
    expect(folder.offer('lost', 'another', 1, 10 * HOUR_MS)).toBe('write')
    expect(folder.keys).toBe(1)
  })

  it('takes as new what was not heard of for an hour', () => {
    const folder = new LogFolder<string>()
    const times = [0, 1_000, 2_000, 3 * HOUR_MS, 3 * HOUR_MS + 1_000]
    expect(times.map((ms) => [...folder.due(ms).map(({ count }) => count), folder.offer('k', 's', '', ms)])).toEqual([
      ['write'],
      ['hold'],
      ['hold'],
      [2, 'write'],
      ['hold'],
    ])
  })

  it('has at most two dozen lines a day about anything, however it is spread', () => {
    for (const everyMs of [100, 7_000, 61_000, 10 * 60_000, 59 * 60_000]) {
      const folder = new LogFolder<number>()
      let lines = 0
      for (let ms = 0; ms < 24 * HOUR_MS; ms += everyMs) {
        while (folder.nextDeadlineMs <= ms) lines += folder.due(folder.nextDeadlineMs).length
        if (folder.offer('k', 's', ms, ms) === 'write') lines++
      }
      expect(lines).toBeLessThanOrEqual(24)
    }
  })

  it('of whole nodes is silent on a day with nothing, and short about an outage', async () => {
    const world = new VirtualWorld()
    const { logger, lines } = collecting(world.clock)
    const { alice, bob, bobAtAlice } = await world.pair({ logger })
    serveEcho(bob)
    await world.run(30_000)
    const news = (): number => lines.filter(({ level }) => level !== 'debug').length
    const before = news()
    await world.run(24 * HOUR_MS)
    expect(news()).toBe(before)
    expect(await world.echo(bobAtAlice, 'hello')).toBe('hello')
    const path = world.network.path('alice', 'bob')
    path.change({ dials: 'refuse' })
    path.reset()
    await world.run(6 * HOUR_MS)
    path.change({ dials: 'pass' })
    await world.run(HOUR_MS)
    await world.wait(alice.close())
    expect(news() - before).toBeLessThanOrEqual(20)
    expect(lines.map(({ message }) => message).join('\n')).toMatch(/lost bob after 1 d/)
    expect(bob.id).toBeTypeOf('string')
  })

  it('has at level debug a line for each answered probe, folded like all that repeats, and names a change of the score', async () => {
    const world = new VirtualWorld()
    const { logger, lines } = collecting(world.clock)
    const { bobAtAlice } = await world.pair({ logger })
    const probes = (): Line[] => lines.filter(({ facts }) => facts['event'] === 'probe')
    expect(probes()[0]).toMatchObject({ level: 'debug', message: 'ping answered by bob in 40 ms, score 100' })
    await world.run(24 * HOUR_MS)
    expect(probes().length).toBeLessThan(12)
    const told = probes().reduce((sum, { facts }) => sum + Number(facts['count'] ?? 1), 0)
    expect(told).toBeGreaterThan(24 * 12)
    world.network.path('alice', 'bob').change({ latencyMs: 200 })
    const sinceMs = world.clock.now()
    await world.run(HOUR_MS)
    const moved = probes().filter(({ atMs, message }) => atMs > sinceMs && message.endsWith('before)'))
    expect(moved[0]?.message).toMatch(/^ping answered by bob in 400 ms, score \d+ \(\d+ before\)$/)
    expect(bobAtAlice.health.band).toBe('excellent')
    expect(lines.filter(({ facts }) => facts['event'] === 'health:band')).toEqual([])
  })

  it('puts no probe into words for a logger that says it takes no debug lines', async () => {
    const world = new VirtualWorld()
    const { logger, lines } = collecting(world.clock)
    await world.pair({ logger: { ...logger, isLevelEnabled: (level) => level !== 'debug' } })
    await world.run(HOUR_MS)
    expect(lines.filter(({ facts }) => facts['event'] === 'probe')).toEqual([])
  })

  it('holds no secret: neither a ticket nor what is in one, nor what is sent', async () => {
    const world = new VirtualWorld()
    const secrets: string[] = []
    const { logger, lines } = collecting(world.clock)
    const randomBytes = (size: number): Uint8Array => {
      const bytes = Buffer.from(Array.from({ length: size }, (_, at) => (at * 37 + size * 11 + secrets.length) & 0xff))
      if (size >= 16) secrets.push(bytes.toString('hex'), bytes.toString('base64'), bytes.join(','))
      return bytes
    }
    const alice = await world.node('alice', { logger })
    const bob = await world.node('bob', { logger, randomBytes })
    const ticket = await bob.ticket()
    secrets.push(ticket, 'the content of a stream')
    const bobAtAlice = await world.wait(alice.pair(ticket))
    serveEcho(bob)
    await world.echo(bobAtAlice, 'the content of a stream')
    await expect(world.wait(alice.pair(ticket.replace(/.$/, 'q')))).rejects.toThrow()
    await world.wait(bob.close())
    await world.run(10_000)
    await world.wait(alice.close())
    const all = JSON.stringify(lines)
    expect(lines.length).toBeGreaterThan(3)
    for (const secret of secrets) expect(all).not.toContain(secret)
  })

  it('that throws harms nobody', async () => {
    const fail = (): never => {
      throw new Error('The disk is full')
    }
    const world = new VirtualWorld()
    const { bob, bobAtAlice } = await world.pair({ logger: { debug: fail, info: fail, warn: fail, error: fail } })
    serveEcho(bob)
    world.network.path('alice', 'bob').reset()
    expect(await world.echo(bobAtAlice, 'still here')).toBe('still here')
  })
})

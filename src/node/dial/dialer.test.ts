import { describe, expect, it } from 'vitest'
import { Random } from '../../../test/sim/random.ts'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { hintSpreadMs } from '../../core/dial/hints.ts'
import { resolveDialSchedule } from '../../core/dial/schedule-options.ts'
import { DialLimiter } from './dial-limiter.ts'
import { ATTEMPTS_AT_ONCE_MAX, type AttemptOptions, DIAL_TIMEOUT_MS, Dialer, type DialerHost } from './dialer.ts'

interface Attempt {
  readonly peer: FakePeer
  readonly startedMs: number
  endedMs: number
}

/** What all peers of one node share. */
class FakeNode {
  readonly clock = new VirtualClock()
  readonly turns = new DialLimiter(this.clock)
  readonly random = new Random(3, 1)
  readonly attempts: Attempt[] = []

  /** The most attempts younger than a second at any moment, and the most of all. */
  get peaks(): { young: number; all: number } {
    const most = (endOf: (attempt: Attempt) => number): number => {
      const changes = this.attempts.flatMap((one) => [
        { atMs: one.startedMs, by: 1 },
        { atMs: endOf(one), by: -1 },
      ])
      changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by)
      let count = 0
      return changes.reduce((peak, { by }) => Math.max(peak, (count += by)), 0)
    }
    return { young: most((one) => Math.min(one.endedMs, one.startedMs + 1_000)), all: most((one) => one.endedMs) }
  }
}

class FakePeer implements DialerHost {
  readonly dialer: Dialer
  readonly node: FakeNode
  readonly errors: unknown[] = []
  readonly starts: number[] = []
  wantsDial = true
  isWaitedFor = false
  isAbsent = true
  addresses = 1
  readonly defersToInbound = false
  /** After how long an attempt succeeds; it never does if undefined. */
  answersMs: number | undefined
  failsMs: number | undefined
  /** After how long somebody takes the connection. */
  connectsMs: number | undefined
  running = 0
  connectedMs = Infinity

  constructor(node: FakeNode, schedule = resolveDialSchedule()) {
    this.node = node
    const { clock, turns, random } = node
    this.dialer = new Dialer({ clock, turns, schedule, random: () => random.float() }, this)
  }

  async attempt(signal: AbortSignal, { connectionsMax, began, connected }: AttemptOptions): Promise<void> {
    for (let count = 0; count < Math.min(this.addresses, connectionsMax); count++) began()
    const { clock } = this.node
    const attempt: Attempt = { peer: this, startedMs: clock.now(), endedMs: Infinity }
    this.node.attempts.push(attempt)
    this.running++
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    if (this.connectsMs !== undefined) clock.after(this.connectsMs, connected)
    if (this.answersMs !== undefined) clock.after(this.answersMs, resolve)
    if (this.failsMs !== undefined) clock.after(this.failsMs, () => reject(new Error('refused')))
    try {
      await promise
      this.connectedMs = Math.min(this.connectedMs, clock.now())
      this.wantsDial = false
      this.dialer.connected()
    } finally {
      this.running--
      attempt.endedMs = clock.now()
    }
  }

  started(): void {
    this.starts.push(this.node.clock.now())
  }

  failed(error: unknown): void {
    this.errors.push(error)
  }
}

describe('L4: dialing one peer', () => {
  it('counts attempts from start to start, ends none before its 10 s, and names why it ended', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node, resolveDialSchedule({ jitter: 0 }))
    peer.dialer.lost(0)
    await node.clock.run(20_000)
    expect(peer.starts).toEqual([0, 1_000, 2_500, 4_750, 8_125, 13_188])
    expect(
      node.attempts
        .filter(({ endedMs }) => endedMs < Infinity)
        .every((one) => one.endedMs - one.startedMs === DIAL_TIMEOUT_MS),
    ).toBe(true)
    expect(peer.errors[0]).toMatchObject({ code: 'unreachable', message: expect.stringContaining('10 s') })
    peer.dialer.stop()
    await node.clock.run(60_000)
    expect([peer.running, node.clock.pendingTimers]).toEqual([0, 0])
  })

  it('waits for the schedule alone for a further link, once one is there', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node, resolveDialSchedule({ jitter: 0 }))
    Object.assign(peer, { addresses: 3, failsMs: 1 })
    peer.dialer.lost(0)
    await node.clock.run(30_000)
    // The schedule alone would have begun others at 2.5, 4.75, 8.1, 13.2 and 20.8 s.
    expect(peer.starts).toEqual([0, 1_000, 3_000, 6_000, 12_000, 22_000])
    peer.isAbsent = false
    peer.dialer.connected()
    await node.clock.run(35_000)
    expect(peer.starts).toEqual([0, 1_000, 3_000, 6_000, 12_000, 22_000, 30_000])
    peer.dialer.stop()
  })

  it('ends the others when one succeeds, and reports no failure of theirs', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node)
    peer.dialer.lost(0)
    await node.clock.run(4_000)
    expect(peer.running).toBeGreaterThan(1)
    peer.answersMs = 30
    await node.clock.run(10_000)
    expect([peer.running, peer.errors, node.clock.pendingTimers]).toEqual([0, [], 0])
  })

  it('begins no other while one is in its handshake, though that was asked for before', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node, resolveDialSchedule({ jitter: 0 }))
    Object.assign(peer, { connectsMs: 1_500, answersMs: 4_000 })
    peer.dialer.lost(0)
    // All other places are taken, so that the second attempt has to wait for its turn.
    const others = [0, 1, 2].map(() => Object.assign(new FakePeer(node), { connectsMs: 1, answersMs: 2_000 }))
    for (const other of others) other.dialer.lost(900)
    await node.clock.run(950)
    for (let count = 0; count < 20; count++) {
      const later = Object.assign(new FakePeer(node), { connectsMs: 1, answersMs: 1_000 })
      later.dialer.lost(0)
    }
    await node.clock.run(20_000)
    expect(peer.starts).toEqual([0])
  })

  it(`has at most ${ATTEMPTS_AT_ONCE_MAX} attempts at a time, each with its full time; a hint ends the oldest`, async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node, resolveDialSchedule({ firstWaitMs: 100, factor: 1, jitter: 0 }))
    peer.dialer.lost(0)
    await node.clock.run(9_000)
    expect([peer.starts.length, peer.running]).toEqual([ATTEMPTS_AT_ONCE_MAX, ATTEMPTS_AT_ONCE_MAX])
    peer.dialer.hint('interface-change')
    await node.clock.run(9_050)
    expect([peer.starts.length, peer.running]).toEqual([ATTEMPTS_AT_ONCE_MAX + 1, ATTEMPTS_AT_ONCE_MAX])
    await node.clock.run(60_000)
    expect(node.peaks.all).toBe(ATTEMPTS_AT_ONCE_MAX)
    peer.dialer.stop()
  })

  it('waits for the grace, but not when somebody waits for the peer or a hint comes', async () => {
    for (const sooner of ['hurry', 'hint'] as const) {
      const node = new FakeNode()
      const peer = new FakePeer(node)
      peer.dialer.lost(2_000)
      await node.clock.run(500)
      expect(peer.starts).toEqual([])
      if (sooner === 'hurry') peer.dialer.hurry()
      else peer.dialer.hint('mdns')
      await node.clock.run(600)
      expect(peer.starts).toEqual([500])
      peer.dialer.stop()
    }
  })

  it('dials at once for somebody who waits, though attempts for another who waited came to nothing', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node)
    peer.failsMs = 1
    peer.isWaitedFor = true
    peer.dialer.hurry()
    await node.clock.run(5_000)
    peer.wantsDial = false
    await node.clock.run(30_000)
    const { length } = peer.starts
    peer.wantsDial = true
    peer.dialer.hurry()
    await node.clock.run(30_000)
    expect([length, peer.starts.slice(length)]).toEqual([4, [30_000]])
    peer.dialer.stop()
  })

  it('makes no more than an attempt in two seconds for an interface that never stops flapping', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node)
    peer.failsMs = 1
    peer.dialer.lost(0)
    for (let atMs = 100; atMs < 600_000; atMs += 100)
      node.clock.after(atMs, () => peer.dialer.hint('interface-change', 1_000))
    await node.clock.run(600_000)
    expect(peer.starts.length).toBeGreaterThan(60)
    expect(peer.starts.length).toBeLessThan(360)
    peer.dialer.stop()
  })

  it('does not dial for a hint where nobody is to be dialed', async () => {
    const node = new FakeNode()
    const peer = new FakePeer(node)
    peer.wantsDial = false
    peer.dialer.hint('asked')
    await node.clock.run(60_000)
    expect(peer.starts).toEqual([])
  })

  it('gives its turn back when there is no reason any more', async () => {
    const node = new FakeNode()
    const others = Array.from({ length: 32 }, () => new FakePeer(node))
    for (const other of others) other.dialer.lost(0)
    const peer = new FakePeer(node)
    peer.dialer.lost(0)
    await node.clock.run(500)
    peer.wantsDial = false
    await node.clock.run(30_000)
    expect(peer.starts).toEqual([])
    for (const { dialer } of [...others, peer]) dialer.stop()
    await node.clock.run(node.clock.now() + 1)
    expect(node.clock.pendingTimers).toBe(0)
  })
})

describe('L4: after an outage of a node with 1,000 peers', () => {
  it('at most 16 attempts are younger than a second, all are tried within 63 s, and those that hang delay nobody who answers', async () => {
    const node = new FakeNode()
    const peers = Array.from({ length: 1_000 }, (_, at) => {
      const peer = new FakePeer(node)
      if (at % 3 !== 0) peer.answersMs = 200
      return peer
    })
    // The first turns are theirs who come first; after those, of theirs whom somebody waits for.
    const waitedFor = peers.filter((_, at) => at % 3 !== 0).slice(-20)
    for (const peer of waitedFor) peer.isWaitedFor = true
    for (const peer of peers) peer.dialer.lost(0)
    await node.clock.run(120_000)
    expect(node.peaks.young).toBeLessThanOrEqual(16)
    expect(node.peaks.all).toBeLessThanOrEqual(320)
    const answering = peers.filter(({ answersMs }) => answersMs !== undefined)
    expect(Math.max(...peers.map(({ starts }) => starts[0]!))).toBeLessThan(32_000)
    expect(Math.max(...waitedFor.map(({ connectedMs }) => connectedMs))).toBeLessThan(2_000)
    expect(Math.max(...answering.map(({ connectedMs }) => connectedMs))).toBeLessThan(32_000)
    for (const { dialer } of peers) dialer.stop()
    await node.clock.run(node.clock.now() + 1)
    expect(node.clock.pendingTimers).toBe(0)
  })

  it('the news that the network is back reaches those that answer in seconds, though a third of all have been hanging for long', async () => {
    const node = new FakeNode()
    const peers = Array.from({ length: 1_000 }, () => new FakePeer(node))
    for (const peer of peers) peer.dialer.lost(0)
    await node.clock.run(600_000)
    for (const [at, peer] of peers.entries()) if (at % 3 !== 0) peer.answersMs = 200
    const backMs = node.clock.now()
    const before = node.attempts.length
    for (const { dialer } of peers) dialer.hint('interface-change', hintSpreadMs(peers.length))
    await node.clock.run(backMs + 120_000)
    const answering = peers.filter(({ answersMs }) => answersMs !== undefined)
    expect(Math.max(...answering.map(({ connectedMs }) => connectedMs)) - backMs).toBeLessThan(40_000)
    expect(node.peaks.young).toBeLessThanOrEqual(16)
    // Nothing piles up: the third that hangs makes no more attempts than there are turns.
    expect(node.attempts.length - before).toBeLessThanOrEqual(120 * 16 + answering.length)
    for (const { dialer } of peers) dialer.stop()
  })

  it('peers that come and go in an instant wait for no more than moments, while a thousand hang', async () => {
    const node = new FakeNode()
    const hanging = Array.from({ length: 1_000 }, () => new FakePeer(node))
    for (const peer of hanging) peer.dialer.lost(0)
    await node.clock.run(200_000)
    const waits: number[] = []
    for (let round = 0; round < 50; round++) {
      const peer = new FakePeer(node)
      peer.answersMs = 20
      const askedMs = node.clock.now()
      peer.dialer.lost(0)
      await node.clock.run(askedMs + 5_000, () => peer.connectedMs < Infinity)
      waits.push(peer.connectedMs - askedMs)
    }
    expect(Math.max(...waits)).toBeLessThan(1_200)
    for (const { dialer } of hanging) dialer.stop()
  })
})

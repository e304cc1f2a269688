import { afterEach, describe, expect, test } from 'vitest'
import { Workbench } from '../../test/library/nodes.ts'
import { ping, pingProtocol, servePing } from './ping.ts'

const bench = new Workbench()
afterEach(() => bench.dispose())

describe('ping', () => {
  test('tells the round trip through the session, and how far the clocks are apart', async () => {
    const { bob, bobAtAlice } = await bench.pair()
    servePing(bob, () => Date.now() + 3_600_000)
    const { roundTripMs, served, clockAheadMs } = await ping(bobAtAlice)
    expect(served).toBe(true)
    expect(roundTripMs).toBeGreaterThan(0)
    expect(Math.abs((clockAheadMs ?? 0) - 3_600_000)).toBeLessThanOrEqual(roundTripMs + 2)
  })

  test('takes a refusal for an answer', async () => {
    const { bob, bobAtAlice, aliceAtBob } = await bench.pair()
    expect(await ping(bobAtAlice)).toMatchObject({ served: false, clockAheadMs: undefined })
    servePing(bob)
    aliceAtBob.configure({ protocols: ['chat/1'] })
    expect(await ping(bobAtAlice)).toMatchObject({ served: false })
  })

  test('waits for a peer that is away, until it is told not to', async () => {
    const { bob, bobAtAlice } = await bench.pair()
    await bob.close()
    const stop = new AbortController()
    const answer = ping(bobAtAlice, { signal: stop.signal })
    stop.abort(new Error('No answer'))
    await expect(answer).rejects.toThrow('No answer')
  })

  test('refuses an answer that is none', async () => {
    const { bob, bobAtAlice } = await bench.pair()
    bob.handle(pingProtocol, (stream) => stream.end(Buffer.alloc(14)))
    await expect(ping(bobAtAlice)).rejects.toMatchObject({ code: 'ping-failed' })
    bob.handle(pingProtocol, (stream) => stream.end(Buffer.alloc(1_000)))
    await expect(ping(bobAtAlice)).rejects.toMatchObject({ code: 'ping-failed' })
  })

  test('is not served to whoever asks too much or too little', async () => {
    const { bob, bobAtAlice } = await bench.pair()
    servePing(bob)
    for (const question of [Buffer.alloc(9), Buffer.alloc(7)]) {
      const stream = await bobAtAlice.openStream(pingProtocol)
      stream.end(question)
      await expect(stream.toArray()).rejects.toMatchObject({ resetCode: 256 })
    }
  })
})

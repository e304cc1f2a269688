import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Daemon } from '../../src/daemon/daemon.ts'
import type { Served } from '../../src/daemon/serve.ts'
import { type HoldfastStream, StreamResetError } from '../../src/index.ts'
import { doneFrame, endFrame } from '../../src/services/pipe/frames.ts'
import { pipeProtocol, pipeResets, unconfirmedPipeProtocol } from '../../src/services/pipe/protocol.ts'
import { readAll } from '../library/nodes.ts'
import { DaemonBench } from './daemons.ts'
import { ask, bearer } from './http.ts'
import { askForPipe, type ClientPipe, dataFrame, failureOf, framed } from './pipe-client.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

let alice: Daemon
let bob: Daemon
let served: Served
beforeEach(async () => {
  ;({ alice, bob } = await bench.pair())
  served = await bench.serve(alice)
})

/** A pipe as a client asks for it; rejects with the code of the problem if there is none. */
function pipe(path: string, more: Record<string, string> = {}, signal?: AbortSignal): Promise<ClientPipe> {
  const { hostname, port } = new URL(served.url)
  return askForPipe({ hostname, port, path, headers: { ...bearer(served), ...more }, ...(signal && { signal }) })
}

const outcomeOf = async ({ headers }: ClientPipe): Promise<unknown> =>
  (await ask(served, `/api/v1/pipes/${String(headers['holdfast-pipe'])}`, { headers: bearer(served) })).json()

/** The next pipe that comes to bob. */
function nextAtBob(): Promise<HoldfastStream> {
  return new Promise((resolve) => bob.node.handle(pipeProtocol, resolve))
}

describe('a pipe over the API', () => {
  it('carries the frames of both sides as they are, and is complete when both have said DONE', async () => {
    const atBob = nextAtBob()
    const opened = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    expect(opened.headers['holdfast-peer']).toBe(bob.node.id)
    const outcome = outcomeOf(opened)
    const [question, answer] = [framed(3_000_000, 2_000_000), framed(2_000_000, 3_000_000)]
    const received = readAll(opened.socket)
    opened.socket.end(question)
    const stream = await atBob
    expect((await readAll(stream.iterator({ destroyOnReturn: false }))).equals(question)).toBe(true)
    stream.end(answer)
    expect((await received).equals(answer)).toBe(true)
    expect(await outcome).toMatchObject({ outcome: 'complete' })
  })

  it('is delivered to the peer when its client leaves right behind its DONE', async () => {
    const atBob = nextAtBob()
    const { socket } = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    const everything = framed(3_000_000, 0)
    socket.end(everything, () => socket.destroySoon())
    const stream = await atBob
    expect((await readAll(stream.iterator({ destroyOnReturn: false }))).equals(everything)).toBe(true)
    stream.end(framed(0, 3_000_000))
  })

  it('is given up when a client closes its connection in order, but without DONE', async () => {
    for (const said of [
      Buffer.alloc(0),
      dataFrame(10),
      Buffer.concat([dataFrame(10), endFrame(10)]),
      dataFrame(10).subarray(0, 9),
    ]) {
      const atBob = nextAtBob()
      const opened = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
      opened.socket.on('error', () => {})
      const failed = atBob.then(failureOf)
      opened.socket.end(said)
      expect(await failed).toMatchObject({ resetCode: pipeResets.aborted })
      expect(await outcomeOf(opened)).toMatchObject({ outcome: 'given-up' })
    }
  })

  it('is given up for what is no sequence of frames, from either side', async () => {
    const atBob = nextAtBob()
    const opened = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    const failed = atBob.then(failureOf)
    opened.socket.on('error', () => {}).write('hello, world')
    expect(await failed).toMatchObject({ resetCode: pipeResets.violation })

    const next = nextAtBob()
    const second = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    second.socket.on('error', () => {})
    const stream = await next
    const refused = failureOf(stream)
    stream.write(doneFrame())
    expect(await refused).toMatchObject({ resetCode: pipeResets.violation })
    expect(await outcomeOf(second)).toMatchObject({ outcome: 'given-up' })
  })

  it('of a peer that speaks pipe/1 alone is refused on both sides, in words', async () => {
    const waiting = pipe(`/api/v1/pipe?peer=${bob.node.id}`)
    waiting.catch(() => undefined)
    const peer = bob.node.peer(alice.node.id)
    for (;;) {
      const failed = await failureOf(await peer.openStream(unconfirmedPipeProtocol))
      // Until the client waits, there is nobody who would serve it.
      if ((failed as StreamResetError).resetCode === pipeResets.noHandler) continue
      expect(failed).toMatchObject({ resetCode: pipeResets.tooOld })
      break
    }
    await expect(waiting).rejects.toThrow('peer-too-old')
  })

  it('has a random handle, which no other pipe is given', async () => {
    const handles = new Set<unknown>()
    for (let run = 0; run < 3; run++) {
      const { headers, socket } = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
      expect(headers['holdfast-pipe']).toMatch(/^[\w-]{22}$/)
      handles.add(headers['holdfast-pipe'])
      socket.destroy()
    }
    expect(handles.size).toBe(3)
    const unknown = `/api/v1/pipes/${'x'.repeat(22)}`
    expect(await ask(served, unknown, { headers: bearer(served) })).toMatchObject({ status: 404 })
  })

  it('comes to a client that waits for one, from the peer that it waits for', async () => {
    const waiting = pipe(`/api/v1/pipe?peer=${bob.node.id}`)
    const peer = bob.node.peer(alice.node.id)
    let stream = await peer.openStream(pipeProtocol)
    stream.write(dataFrame(5))
    // Until the client waits, there is nobody who would serve it.
    for (;;) {
      const opened = await Promise.race([waiting, failureOf(stream)])
      if (!(opened instanceof Error)) break
      stream = await peer.openStream(pipeProtocol)
      stream.write(dataFrame(5))
    }
    const { socket, headers } = await waiting
    expect(headers['holdfast-peer']).toBe(bob.node.id)
    expect((await once(socket, 'data'))[0]).toEqual(dataFrame(5))
  })

  it('tells each side when the other gives it up, and why', async () => {
    const atBob = nextAtBob()
    const opened = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    opened.socket.on('error', () => {})
    opened.socket.write(dataFrame(1))
    const stream = await atBob
    stream.on('error', () => {})
    stream.reset(pipeResets.readerGone)
    expect(await outcomeOf(opened)).toMatchObject({ outcome: 'reset', resetCode: pipeResets.readerGone })

    const next = nextAtBob()
    const second = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    second.socket.on('error', () => {})
    second.socket.write(dataFrame(1))
    const failed = failureOf(await next)
    const path = `/api/v1/pipes/${String(second.headers['holdfast-pipe'])}/end`
    const headers = { ...bearer(served), 'Content-Type': 'application/json' }
    const answer = await ask(served, path, { method: 'POST', headers, body: '{"reason":"reader-gone"}' })
    expect(answer.json()).toMatchObject({ outcome: 'given-up' })
    expect(await failed).toMatchObject({ resetCode: pipeResets.readerGone })
  })

  it('is given up when the client breaks off', async () => {
    const atBob = nextAtBob()
    const { socket } = await pipe(`/api/v1/peers/${bob.node.id}/pipe`)
    socket.write(dataFrame(1))
    const failed = failureOf(await atBob)
    socket.resetAndDestroy()
    expect(await failed).toBeInstanceOf(StreamResetError)
    expect(await failed).toMatchObject({ resetCode: pipeResets.aborted })
  })

  it('is refused as everything else is', async () => {
    const path = `/api/v1/peers/${bob.node.id}/pipe`
    await expect(pipe(path, { Authorization: 'Bearer wrong' })).rejects.toThrow('unauthorized')
    await expect(pipe(path, { Origin: 'https://evil.example' })).rejects.toThrow('forbidden-origin')
    await expect(pipe(path, { Host: 'evil.example' })).rejects.toThrow('forbidden-host')
    await expect(pipe(`/api/v1/peers/${alice.node.id}/pipe`)).rejects.toThrow('unknown-peer')
    await expect(pipe('/api/v1/status')).rejects.toThrow('not-found')
    await expect(pipe('/api/v1/pipe?peer=nobody')).rejects.toThrow('invalid-peer-id')
    alice.node.peer(bob.node.id).pause()
    await expect(pipe(path)).rejects.toThrow('peer-paused')
    expect(await ask(served, path, { headers: bearer(served) })).toMatchObject({
      status: 426,
      headers: { upgrade: 'holdfast-pipe' },
    })
  })

  it('that is refused leaves no connection behind, though its client does not end it', async () => {
    const { hostname, port } = new URL(served.url)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    socket.write(
      `GET /api/v1/pipe HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: holdfast-pipe\r\n\r\n`,
    )
    expect((await readAll(socket.iterator({ destroyOnReturn: false }))).toString()).toContain('401 Unauthorized')
    const broken = once(socket, 'error')
    // Where nobody is any more, the second one fails at the latest.
    const again = (): void => void socket.write('x', (error) => error ?? setImmediate(again))
    again()
    expect(await broken).toMatchObject([{ syscall: 'write' }])
  })

  it('that still waits for its peer ends with its client, or with the daemon', async () => {
    await bob.close({ flushTimeoutMs: 0 })
    const leaving = new AbortController()
    const left = pipe(`/api/v1/peers/${bob.node.id}/pipe`, {}, leaving.signal)
    const kept = pipe('/api/v1/pipe')
    leaving.abort()
    await expect(left).rejects.toThrow('abort')
    const closed = served.close()
    await expect(kept).rejects.toThrow(/hang up|ECONNRESET/)
    await closed
  })
})

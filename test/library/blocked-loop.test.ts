import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Node } from '../../src/index.ts'
import type { NodeEvent } from '../../src/node/events/events.ts'
import { Workbench } from './nodes.ts'

/** The one test that lets real time pass: the loop that is blocked is what it is about. Longer than the five seconds from which on a stall is told of as a `wake`. */
const BLOCKED_MS = 5_500
const TIMEOUT_MS = 60_000

let bench: Workbench
beforeEach(() => {
  bench = new Workbench()
})
afterEach(() => bench.dispose())

/** A node in a thread, with what it has told so far. */
class Blockable {
  readonly events: NodeEvent[] = []
  readonly #worker: Worker
  readonly #ticket: Promise<string>
  #heard: () => void = () => undefined

  constructor(dir: string) {
    this.#worker = new Worker(new URL('./blocked-loop.ts', import.meta.url), { workerData: { dir } })
    this.#ticket = new Promise((resolve, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('message', (message: { ticket: string } | { event: NodeEvent }) => {
        if ('ticket' in message) return resolve(message.ticket)
        this.events.push(message.event)
        this.#heard()
      })
    })
  }

  get ticket(): Promise<string> {
    return this.#ticket
  }

  block(ms: number): void {
    this.#worker.postMessage({ blockMs: ms })
  }

  /** Resolves when the node has told of this. */
  async told(type: NodeEvent['type']): Promise<void> {
    while (!this.events.some((event) => event.type === type))
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.postMessage('close')
    await ended
  }
}

describe('L11: an event loop that is blocked for five seconds', () => {
  it('loses no peer: nothing is declared lost before it was probed, and streams go on', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const bob = new Blockable(await bench.folder())
    const alice: Node = await bench.node({ name: 'alice' })
    const lost: string[] = []
    alice.on('peer:disconnected', (_, reason) => lost.push(reason))
    const bobAtAlice = await alice.pair(await bob.ticket)
    const stream = await bobAtAlice.openStream('echo')
    const answers = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
    stream.write('before')
    expect((await answers.next()).value?.toString()).toBe('before')

    const degraded = new Promise<unknown>((resolve) => {
      bobAtAlice.on('state', (state) => state.kind === 'degraded' && resolve(state.cause))
    })
    const blockedMs = performance.now()
    bob.block(BLOCKED_MS)
    // Taken by the kernel of the one that is blocked, if not by a loop that has not come to its message yet.
    const during = setInterval(() => stream.write('.'), 100)
    expect(await degraded).toBe('no-answer')
    clearInterval(during)
    stream.end('after')
    let text = ''
    for (let answer = await answers.next(); answer.done !== true; answer = await answers.next())
      text += answer.value.toString()
    expect(text).toMatch(/^\.+after$/)
    expect(performance.now() - blockedMs).toBeGreaterThanOrEqual(BLOCKED_MS)

    await bob.told('wake')
    await bob.close()
    const reasons = bob.events.flatMap((event) => (event.type === 'link:lost' ? [event.reason] : []))
    expect(reasons).not.toContain('no-answer')
    expect(reasons).not.toContain('acknowledgement-stalled')
    // It was closed at last; before that nobody was out of reach for anybody.
    expect(bob.events.filter(({ type }) => type === 'peer:disconnected')).toHaveLength(1)
    expect(lost).toEqual(['peer-shut-down'])
  })
})

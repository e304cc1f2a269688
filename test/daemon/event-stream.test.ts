import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { LogPage } from '../../src/daemon/contract/event.ts'
import type { Daemon } from '../../src/daemon/daemon.ts'
import type { Served } from '../../src/daemon/serve.ts'
import { DaemonBench, get } from './daemons.ts'
import { bearer } from './http.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

let daemon: Daemon
let served: Served
beforeEach(async () => {
  daemon = await bench.daemon('alice')
  served = await bench.serve(daemon)
})

function append(count: number, padding = ''): void {
  for (let n = 0; n < count; n++)
    daemon.context.events.append({ type: 'test', text: 'it happened', peer: null, data: { padding } })
}

/** Follows the events after `id`; `ids` answers so many of the next ones. */
async function follow(id?: string): Promise<{ ids(count: number): Promise<string[]>; leave(): void }> {
  const leaving = new AbortController()
  const headers = { ...bearer(served), ...(id !== undefined && { 'Last-Event-ID': id }) }
  const { body } = await fetch(`${served.url}/api/v1/events`, { headers, signal: leaving.signal })
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async ids(count) {
      for (;;) {
        const whole = text.split('\n\n').slice(0, -1)
        const events = whole.filter((block) => block.includes('id: '))
        if (events.length >= count) {
          text = text.slice(whole.slice(0, whole.indexOf(events[count - 1]!) + 1).join('\n\n').length + 2)
          return events.slice(0, count).map((block) => /^id: (.*)$/m.exec(block)?.[1] ?? '')
        }
        const { value, done } = await reader.read()
        if (done) throw new Error('The stream has ended')
        text += value
      }
    },
    leave: () => leaving.abort(),
  }
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `${runOf(daemon)}-${from + n}`)

/** The first half of the ids of a daemon's events. */
function runOf({ context }: Daemon): string {
  return context.events.newestId.split('-')[0]!
}

describe('the stream of events', () => {
  it('loses and doubles nothing when it is cut off again and again', async () => {
    append(1)
    // The node itself may add to them at any time.
    const seen = range(1, daemon.context.events.newest)
    for (let round = 0; round < 8; round++) {
      const stream = await follow(seen.at(-1))
      append(150)
      // Leaves in the middle of what there is.
      seen.push(...(await stream.ids(100)))
      stream.leave()
      append(10)
    }
    const rest = await follow(seen.at(-1))
    seen.push(...(await rest.ids(daemon.context.events.newest - seen.length)))
    rest.leave()
    expect(seen.length).toBeGreaterThan(8 * 160)
    expect(seen).toEqual(range(1, seen.length))
  })

  it('cuts off a client that never reads, and nobody else notices', async () => {
    const { hostname, port } = new URL(served.url)
    const deaf = connect(Number(port), hostname)
    deaf.on('error', () => {})
    const closed = new Promise<void>((resolve) => deaf.on('close', () => resolve()))
    deaf.write(`GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${served.token}\r\n\r\n`)
    deaf.pause()
    const other = await follow()
    const { events, eventClients } = daemon.context
    while (eventClients.count < 2) await turn()
    append(1)
    const [first = ''] = await other.ids(1)
    let seen = Number(first.split('-')[1])
    // What the system's own buffers take comes on top of the thousand that may wait; they are a few megabytes.
    for (let sent = 0; eventClients.count === 2; sent += 100) {
      expect(sent).toBeLessThan(40_000)
      append(100, 'x'.repeat(1_000))
      const { newest } = events
      expect(await other.ids(newest - seen)).toEqual(range(seen + 1, newest))
      seen = newest
    }
    deaf.resume()
    await closed
    append(1)
    expect(await other.ids(1)).toHaveLength(1)
    other.leave()
  })

  it('tells a client that comes with an id of an earlier run of the gap, even if the clock stands where it stood then', async () => {
    const clock: Clock = {
      now: () => systemClock.now(),
      after: (ms, callback) => systemClock.after(ms, callback),
      wallNow: () => 1_000,
    }
    const dir = await bench.folder()
    const before = await bench.daemon('bob', { dir }, { clock })
    before.context.events.append({ type: 'test', text: 'before the restart', peer: null, data: {} })
    const { newestId } = before.context.events
    await before.close()
    daemon = await bench.daemon('bob', { dir }, { clock })
    served = await bench.serve(daemon)
    append(2)
    const response = await fetch(`${served.url}/api/v1/events?after=${newestId}`, { headers: bearer(served) })
    const told = await response.body!.pipeThrough(new TextDecoderStream()).getReader().read()
    expect(told.value).toMatch(/event: events:missed\ndata: .*"data":\{"count":null\}/)
    expect(newestId.split('-')[0]).not.toBe(runOf(daemon))
  })

  it('goes on behind a page of the log that is empty, and misses nothing', async () => {
    const page = (): Promise<LogPage> => get<LogPage>(daemon, `/api/v1/log?peer=${daemon.node.id}`)
    const { events, newest } = await page()
    expect(events).toEqual([])
    append(1)
    const stream = await follow(newest)
    expect(await stream.ids(1)).toEqual([daemon.context.events.newestId])
    stream.leave()
  })

  it('forgets a client that goes', async () => {
    const stream = await follow()
    append(1)
    await stream.ids(1)
    stream.leave()
    while (daemon.context.eventClients.count > 0) await turn()
  })
})

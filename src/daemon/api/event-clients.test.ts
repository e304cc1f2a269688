import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { EventLog } from '../event-log.ts'
import { EventClientsFullError } from './errors.ts'
import { EventClients, type Following } from './event-clients.ts'

const fromNow: Following = { after: undefined, matches: () => true }

class Stage {
  readonly clock = new VirtualClock()
  readonly log = new EventLog({ run: '1', wallNow: () => this.clock.wallNow() })
  readonly clients = new EventClients({ log: this.log, clock: this.clock, clientsMax: 3, behindMax: 50 })

  append(count: number): void {
    for (let n = 0; n < count; n++) this.log.append({ type: 'test', text: 'it happened', peer: null, data: { n } })
  }

  follow(following: Partial<Following> = {}): Reader {
    return new Reader(this.clients.follow({ ...fromNow, ...following }))
  }
}

class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader()
  }

  async chunk(): Promise<string | undefined> {
    const { value } = await this.#reader.read()
    return value && new TextDecoder().decode(value)
  }

  /** The ids in the next chunk. */
  async ids(): Promise<string[]> {
    return [...((await this.chunk()) ?? '').matchAll(/^id: (.*)$/gm)].map(([, id = '']) => id)
  }

  leave(): Promise<void> {
    return this.#reader.cancel()
  }
}

describe('clients of the event stream', () => {
  it('get events as they happen, with id, type and data', async () => {
    const stage = new Stage()
    const reader = stage.follow()
    expect(await reader.chunk()).toBe('retry: 2000\n\n')
    const next = reader.chunk()
    const event = stage.log.append({ type: 'wake', text: 'two\nlines', peer: null, data: { a: 1 } })
    expect(await next).toBe(`id: 1-1\nevent: wake\ndata: ${JSON.stringify(event)}\n\n`)
  })

  it('go on after the last event that they have', async () => {
    const stage = new Stage()
    stage.append(4)
    const reader = stage.follow({ after: '1-2' })
    expect(await reader.ids()).toEqual(['1-3', '1-4'])
    stage.append(1)
    expect(await reader.ids()).toEqual(['1-5'])
  })

  it('get many events in pieces, in order', async () => {
    const stage = new Stage()
    stage.append(250)
    const reader = stage.follow({ after: '1-0' })
    const ids = [...(await reader.ids()), ...(await reader.ids()), ...(await reader.ids())]
    expect(ids).toEqual(Array.from({ length: 250 }, (_, n) => `1-${n + 1}`))
  })

  it('get only what they want', async () => {
    const stage = new Stage()
    const reader = stage.follow({ after: '1-0', matches: ({ data }) => data['n'] === 2 })
    stage.append(4)
    expect(await reader.ids()).toEqual(['1-3'])
  })

  it('hear a comment when nothing happens for a while', async () => {
    const stage = new Stage()
    const reader = stage.follow()
    await reader.chunk()
    const next = reader.chunk()
    await stage.clock.run(15_000)
    expect(await next).toBe(':\n\n')
  })

  it('are cut off when they do not read, and others notice nothing', async () => {
    const stage = new Stage()
    const [slow, quick] = [stage.follow(), stage.follow()]
    await quick.chunk()
    for (let n = 1; n <= 60; n++) {
      const next = quick.ids()
      stage.append(1)
      expect(await next).toEqual([`1-${n}`])
    }
    await expect(slow.chunk()).rejects.toThrow('did not read')
    expect(stage.clients.count).toBe(1)
  })

  it('are bounded in number, and leave room when they go', async () => {
    const stage = new Stage()
    const [first] = [stage.follow(), stage.follow(), stage.follow()]
    expect(() => stage.follow()).toThrow(EventClientsFullError)
    await first?.leave()
    expect(stage.follow()).toBeDefined()
  })

  it('end in order when the daemon does', async () => {
    const stage = new Stage()
    const reader = stage.follow()
    await reader.chunk()
    const next = reader.chunk()
    stage.clients.close()
    expect(await next).toBeUndefined()
    expect(stage.clients.count).toBe(0)
  })
})

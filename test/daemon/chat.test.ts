// The chat over the API of two daemons that are peers of each other.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Delivery } from '../../src/cli/chat/delivery.ts'
import { ChatFeed, type ChatListener } from '../../src/cli/chat/feed.ts'
import type { Control } from '../../src/cli/control.ts'
import { DaemonUnreachableError } from '../../src/cli/errors.ts'
import { RetryingCalls } from '../../src/cli/retrying-calls.ts'
import { ApiClient } from '../../src/daemon/client.ts'
import type { ChatConversationList, ChatMessageList, ChatMessageView } from '../../src/daemon/contract/chat.ts'
import type { EventView } from '../../src/daemon/contract/event.ts'
import { type Daemon, openDaemon } from '../../src/daemon/daemon.ts'

let root: string
let alice: Daemon
let bob: Daemon
const open = (name: string): Promise<Daemon> =>
  openDaemon({ node: { dir: join(root, name), name, listen: ['tcp://127.0.0.1:0'] } })

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-chat-api-'))
  ;[alice, bob] = [await open('alice'), await open('bob')]
  await alice.node.pair(await bob.node.ticket())
})
afterEach(async () => {
  await Promise.all([alice, bob].map((daemon) => daemon.close({ flushTimeoutMs: 0 })))
  await rm(root, { recursive: true, force: true })
})

async function call<T>(
  daemon: Daemon,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: T }> {
  const response = await daemon.app.request(`/api/v1/chat${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
}

/** Resolves with the next event of this type that fits. */
function event(daemon: Daemon, type: string, fits: (data: EventView) => boolean = () => true): Promise<EventView> {
  return new Promise((resolve) => {
    const leave = daemon.context.events.listen((one) => {
      if (one.type !== type || !fits(one)) return
      leave()
      resolve(one)
    })
  })
}

const messages = async (daemon: Daemon, query = ''): Promise<ChatMessageView[]> =>
  (await call<ChatMessageList>(daemon, 'GET', `/messages${query}`)).body.messages

/** The answer without its end. */
function cutOff({ body, status, headers }: Response): Response {
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform: (piece, controller) => controller.enqueue(piece.subarray(0, 5)),
    flush: (controller) => controller.error(new TypeError('terminated')),
  })
  return new Response(body!.pipeThrough(cut), { status, headers })
}

describe('the chat of a daemon', () => {
  it('sends, tells of what came, and of what was delivered', async () => {
    const [came, delivered] = [event(bob, 'chat:message'), event(alice, 'chat:delivered')]
    const text = `hi ${'x'.repeat(500)}`
    const sent = await call<ChatMessageView>(alice, 'POST', '/messages', { peer: bob.node.id, text })
    expect(sent).toMatchObject({
      status: 201,
      body: {
        direction: 'sent',
        text,
        deliveredAtMs: null,
        receivedAtMs: null,
        peer: { id: bob.node.id, name: 'bob' },
      },
    })
    const { peer, data, text: told } = await came
    expect(peer).toEqual({ id: alice.node.id, name: 'alice' })
    expect(told).toBe('alice wrote a message')
    expect(data).toMatchObject({ id: sent.body.id, direction: 'received', preview: text.slice(0, 200) })
    expect((await delivered).data).toMatchObject({ number: sent.body.number })
    expect(await messages(alice, `?peer=${bob.node.id}`)).toMatchObject([{ text, deliveredAtMs: expect.any(Number) }])
    expect(await messages(bob, '?after=0')).toMatchObject([
      { text, direction: 'received', receivedAtMs: expect.any(Number) },
    ])
    expect(await messages(bob, `?after=${(data as { number: number }).number}`)).toEqual([])
    expect(bob.context.chat.waiting).toBe(0)
  })

  it('shows conversations with presence', async () => {
    const one = async (): Promise<object | undefined> =>
      (await call<ChatConversationList>(alice, 'GET', '/conversations')).body.conversations[0]
    expect(await one()).toMatchObject({
      peer: { name: 'bob' },
      presence: 'connected',
      text: 'bob is connected, but nobody has the chat open there',
      nickname: null,
      last: null,
      waiting: 0,
    })
    const key = 'a-key-of-bobs'
    const here = event(alice, 'chat:presence', ({ data }) => data['presence'] === 'here')
    expect(await call(bob, 'PUT', `/attendance/${key}`, { peers: [alice.node.id] })).toMatchObject({ status: 200 })
    expect((await here).text).toBe('bob is here')
    expect(await one()).toMatchObject({ presence: 'here', nickname: 'bob' })
    const gone = event(alice, 'chat:presence')
    expect((await call(bob, 'DELETE', `/attendance/${key}`)).status).toBe(204)
    expect((await gone).data).toEqual({ presence: 'connected', nickname: 'bob' })
    await bob.close()
    await call(alice, 'POST', '/messages', { peer: bob.node.id, text: 'later' })
    expect(await one()).toMatchObject({ presence: 'away', waiting: 1, last: { text: 'later' } })
    bob = await open('bob')
    await event(bob, 'chat:message')
    expect(await messages(bob)).toMatchObject([{ text: 'later' }])
  })

  it('tells a client of every delivery, also of those that were over before it asked', async () => {
    const api = new ApiClient({
      fetch: (path, request) => alice.app.request(path, { ...request }),
      place: 'this process',
    })
    const control: Control = { api, daemon: undefined, node: alice.node }
    const over = new AbortController()
    const calls = new RetryingCalls({ control, signal: over.signal, gone: () => undefined })
    const delivery = new Delivery(calls)
    const delivered: number[] = []
    const feed = new ChatFeed({
      calls,
      peers: new Set([bob.node.id]),
      signal: over.signal,
      listener: {
        messages: () => undefined,
        delivered: (number) => {
          delivered.push(number)
          delivery.delivered(number)
        },
      },
    })
    await feed.past(0)
    const early = event(alice, 'chat:delivered')
    await delivery.say({ id: bob.node.id, name: 'bob' }, 'delivered before anybody follows', over.signal)
    await early
    const following = feed.follow()
    for (let n = 0; n < 20; n++) await delivery.say({ id: bob.node.id, name: 'bob' }, `${n}`, over.signal)
    await delivery.all(over.signal)
    expect(delivered).toEqual((await messages(alice)).map(({ number }) => number))
    over.abort(new Error('over'))
    await expect(following).rejects.toThrow('over')
  })

  it('keeps a message once that is sent again with its id, also after a restart and when too many wait', async () => {
    const { id: peer } = bob.node
    const id = 'ab'.repeat(16)
    const say = (text: string, more: object = {}): ReturnType<typeof call<{ code: string } & ChatMessageView>> =>
      call(alice, 'POST', '/messages', { peer, text, ...more })
    await bob.close()
    const first = await say('once', { id })
    expect(first).toMatchObject({ status: 201, body: { id } })
    expect(await say('once', { id })).toEqual(first)
    await alice.close()
    alice = await open('alice')
    expect((await say('once', { id })).body.number).toBe(first.body.number)
    expect(await say('twice', { id })).toMatchObject({ status: 409, body: { code: 'chat-id-taken' } })
    for (let n = 1; n < 1_000; n++) alice.context.chat.chat.send(peer, `${n}`)
    expect(await say('too many')).toMatchObject({ status: 409, body: { code: 'chat-full' } })
    expect((await say('once', { id })).body.number).toBe(first.body.number)
    expect(await say('no id', { id: 'AB' })).toMatchObject({ status: 422, body: { code: 'invalid-request' } })
  })

  it('has a line once whose answers are lost, each at another moment, and in order', async () => {
    let attempts = 0
    const api = new ApiClient({
      async fetch(path, request) {
        if (request.method !== 'POST') return alice.app.request(path, { ...request })
        switch (attempts++ % 4) {
          case 0:
            throw new DaemonUnreachableError('it was not reached')
          case 1:
            await alice.app.request(path, { ...request })
            throw new DaemonUnreachableError('it ended before it answered')
          case 2:
            // What `fetch` makes of a connection that breaks within the answer.
            return cutOff(await alice.app.request(path, { ...request }))
          default:
            return alice.app.request(path, { ...request })
        }
      },
      place: 'http://localhost',
    })
    const { signal } = new AbortController()
    const told: string[] = []
    const calls = new RetryingCalls({
      control: { api, daemon: undefined, node: alice.node },
      signal,
      gone: (why) => told.push(why),
      back: () => told.push('back'),
    })
    const delivery = new Delivery(calls)
    const texts = ['one', 'two', 'two', 'three']
    for (const text of texts) await delivery.say({ id: bob.node.id, name: 'bob' }, text, signal)
    expect((await messages(alice)).map(({ text }) => text)).toEqual(texts)
    expect(told).toEqual(texts.flatMap(() => ['The daemon has ended; waiting until it is back', 'back']))
  })

  it('takes a message of 16,384 control characters', async () => {
    const text = '\0'.repeat(16_384)
    const came = event(bob, 'chat:message')
    expect((await call(alice, 'POST', '/messages', { peer: bob.node.id, text })).status).toBe(201)
    await came
    expect(await messages(bob)).toMatchObject([{ text }])
  })

  it('lets a client write on that came when a thousand messages of others waited', async () => {
    const { id } = bob.node
    await bob.close()
    for (let n = 0; n < 1_000; n++) alice.context.chat.chat.send(id, `${n}`)
    const { signal } = new AbortController()
    const api = new ApiClient({
      fetch: (path, request) => alice.app.request(path, { ...request }),
      place: 'http://localhost',
    })
    const control: Control = { api, daemon: undefined, node: alice.node }
    const delivery = new Delivery(new RetryingCalls({ control, signal, gone: () => undefined }))
    const said = delivery.say({ id, name: 'bob' }, 'the last', signal)
    bob = await open('bob')
    expect(await said).toMatchObject({ text: 'the last' })
  })

  it('tells a client that waits for delivery when the other is no peer any more', async () => {
    const { id } = bob.node
    await bob.close()
    const over = new AbortController()
    const { signal } = over
    const api = new ApiClient({
      fetch: (path, request) => alice.app.request(path, { ...request }),
      place: 'http://localhost',
    })
    const control: Control = { api, daemon: undefined, node: alice.node }
    const calls = new RetryingCalls({ control, signal, gone: () => undefined })
    const delivery = new Delivery(calls)
    const listener: ChatListener = {
      messages: () => undefined,
      delivered: (number) => delivery.delivered(number),
      unpaired: (peer) => delivery.unpaired(peer),
    }
    const feed = new ChatFeed({ calls, peers: new Set([id]), signal, listener })
    await feed.past(0)
    const following = feed.follow()
    await delivery.say({ id, name: 'bob' }, 'too late', signal)
    const refused = delivery.all(signal).catch((error: unknown) => error)
    alice.node.peer(id).unpair()
    expect(await refused).toMatchObject({
      code: 'not-delivered',
      message: expect.stringContaining('no peer any more'),
    })
    over.abort(new Error('over'))
    await expect(following).rejects.toThrow('over')
    bob = await open('bob')
  })

  it('answers what it cannot do with the code that says why', async () => {
    const codes = async (peer: string, text: string): Promise<unknown> => {
      const { status, body } = await call<{ code: string }>(alice, 'POST', '/messages', { peer, text })
      return [status, body.code]
    }
    const { id } = bob.node
    expect(await codes(alice.node.id, 'to myself')).toEqual([404, 'unknown-peer'])
    expect(await codes('bob', 'hi')).toEqual([404, 'invalid-peer-id'])
    expect(await codes(id, '')).toEqual([422, 'chat-message-invalid'])
    expect(await codes(id, 'x'.repeat(17_000))).toEqual([422, 'chat-message-invalid'])
    expect(await codes(id, 'é'.repeat(9_000))).toEqual([422, 'chat-message-invalid'])
    expect(await call(alice, 'GET', '/messages?limit=0')).toMatchObject({ status: 422 })
    expect(await call(alice, 'GET', '/messages?peer=nobody')).toMatchObject({ status: 404 })
    expect(await call(alice, 'PUT', '/attendance/short', { peers: [] })).toMatchObject({ status: 422 })
    expect(await call(alice, 'PUT', '/attendance/a-long-key', { peers: [alice.node.id] })).toMatchObject({
      status: 404,
    })
    for (let n = 0; n < 64; n++) await call(alice, 'PUT', `/attendance/key-number-${n}`, { peers: [id] })
    expect(await call(alice, 'PUT', '/attendance/one-more', { peers: [id] })).toMatchObject({ status: 503 })
    expect(await call(alice, 'PUT', '/attendance/key-number-7', { peers: [id] })).toMatchObject({ status: 200 })
  })

  it('whose database is damaged leaves the node as it is, and says so', async () => {
    await bob.close()
    await writeFile(join(root, 'bob', 'chat.db'), 'no database')
    bob = await open('bob')
    expect(await call(bob, 'GET', '/conversations')).toMatchObject({ status: 500, body: { code: 'database-damaged' } })
    expect(bob.context.events.at(1)).toMatchObject({
      type: 'chat:unavailable',
      text: expect.stringContaining('chat.db'),
    })
    await bob.node.peer(alice.node.id).connected()
    expect((await bob.app.request('/api/v1/status')).status).toBe(200)
  })
})

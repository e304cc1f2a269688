// The chat over the API of two daemons that are peers of each other.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Delivery } from '../../src/cli/chat/delivery.ts'
import { ChatFeed } from '../../src/cli/chat/feed.ts'
import type { Control } from '../../src/cli/control.ts'
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
      fetch: (request) => alice.app.fetch(request),
      where: () => ({ url: 'http://localhost', token: '' }),
    })
    const control: Control = { api, daemon: undefined, node: alice.node }
    const over = new AbortController()
    const delivery = new Delivery(control, over.signal)
    const delivered: number[] = []
    const feed = new ChatFeed({
      control,
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
    await delivery.say({ id: bob.node.id, name: 'bob' }, 'delivered before anybody follows')
    await early
    const following = feed.follow()
    for (let n = 0; n < 20; n++) await delivery.say({ id: bob.node.id, name: 'bob' }, `${n}`)
    await delivery.all()
    expect(delivered).toEqual((await messages(alice)).map(({ number }) => number))
    over.abort(new Error('over'))
    await expect(following).rejects.toThrow('over')
  })

  it('answers what it cannot do with the code that says why', async () => {
    const codes = async (peer: string, text: string): Promise<unknown> => {
      const { status, body } = await call<{ code: string }>(alice, 'POST', '/messages', { peer, text })
      return [status, body.code]
    }
    const { id } = bob.node
    expect(await codes(alice.node.id, 'to myself')).toEqual([404, 'unknown-peer'])
    expect(await codes('bob', 'hi')).toEqual([404, 'invalid-peer-id'])
    expect(await codes(id, '')).toEqual([422, 'invalid-request'])
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

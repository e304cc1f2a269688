import { afterEach, expect, test } from 'vitest'
import { Workbench } from '../../test/library/nodes.ts'
import { ApiClient, type Fetch } from './client.ts'
import type { EventView } from './contract/event.ts'
import { type Daemon, openDaemon } from './daemon.ts'
import { version } from './version.ts'

const bench = new Workbench()
const daemons: Daemon[] = []
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close({ flushTimeoutMs: 0 })
  await bench.dispose()
})

async function daemonOf(name: string): Promise<{ readonly daemon: Daemon; readonly api: ApiClient }> {
  const daemon = await openDaemon({ node: { dir: await bench.folder(), name, listen: ['tcp://127.0.0.1:0'] } })
  daemons.push(daemon)
  return { daemon, api: clientOf((path, request) => daemon.app.request(path, { ...request })) }
}

const clientOf = (fetch: Fetch): ApiClient => new ApiClient({ fetch, place: 'this process' })

test('does what people do, on an app in this process as on one behind a socket', async () => {
  const [alice, bob] = [await daemonOf('alice'), await daemonOf('bob')]
  const { ticket } = await alice.api.ticket(60_000)
  const { id } = await bob.api.pair(ticket)
  expect(await bob.api.ping(id)).toMatchObject({ served: true, clockAheadMs: expect.any(Number) })
  expect(await bob.api.change(id, { name: 'attic' })).toMatchObject({ name: 'attic' })
  expect(await bob.api.act(id, 'pause')).toMatchObject({ state: { kind: 'paused' } })
  expect(await bob.api.doctor(id)).toMatchObject({ peers: [{ peer: { id }, checks: expect.any(Array) }] })
  await bob.api.unpair(id)
  await expect(bob.api.peer(id)).rejects.toMatchObject({ code: 'unknown-peer', status: 404 })
})

test('follows events from where it left off, and leaves when it is told to', async () => {
  const { daemon, api } = await daemonOf('alice')
  const told = (events: AsyncIterable<{ readonly type: string; readonly id: string }>) => events[Symbol.asyncIterator]()
  const first = new AbortController()
  const events = told(await api.events({ signal: first.signal }))
  daemon.node.openPairing()
  const opened: unknown = (await events.next()).value
  expect(opened).toMatchObject({ type: 'pairing:open' })
  first.abort(new Error('Enough'))
  await expect(events.next()).rejects.toThrow('Enough')
  daemon.node.closePairing()
  const again = told(await api.events({ after: (opened as EventView).id, signal: new AbortController().signal }))
  expect((await again.next()).value).toMatchObject({ type: 'pairing:open', data: { untilMs: null } })
  await daemon.close()
  expect(await again.next()).toMatchObject({ done: true })
})

test('pairs by a code that two people compare', async () => {
  const [alice, bob] = [await daemonOf('alice'), await daemonOf('bob')]
  const { signal } = new AbortController()
  const events = await bob.api.events({ signal })
  await bob.api.openPairing()
  const { id, listening } = bob.daemon.node
  const asked = await alice.daemon.node.pairNearby(id, { addresses: listening })
  const told: string[] = []
  for await (const { type, data } of events) {
    told.push(type)
    if (type !== 'pairing:requested') continue
    expect(data).toMatchObject({ id: alice.daemon.node.id, direction: 'inbound', code: asked.code })
    const [request] = await bob.api.pairingRequests()
    await bob.api.answerPairing(request?.id ?? '', 'confirm')
    asked.confirm()
    break
  }
  expect(told).toContain('pairing:requested')
  expect(await asked.peer).toMatchObject({ id, relation: 'paired' })
})

test('tells what is no answer of the API', async () => {
  const page = clientOf(() => new Response('<html>', { status: 200 }))
  await expect(page.status()).rejects.toMatchObject({ code: 'foreign-answer' })
  const error = clientOf(() => new Response('no', { status: 502 }))
  await expect(error.peers()).rejects.toMatchObject({ code: 'foreign-answer' })
  const stream = clientOf(() => new Response('data: {"type":1}\n\n'))
  const events = await stream.events({ signal: new AbortController().signal })
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'foreign-answer' })
})

test('names the version of a daemon that answers what this one does not understand, or has not what it is asked for', async () => {
  const headers = { 'holdfast-version': '99.0.0' }
  const problem = (code: string) => JSON.stringify({ code, detail: 'Nothing is at /api/v1/nearby' })
  const other = { code: 'other-version', message: expect.stringMatching(/version 99\.0\.0 .*`holdfast up`/) }
  const page = clientOf(() => new Response('<html>', { headers }))
  await expect(page.status()).rejects.toMatchObject(other)
  const gone = clientOf(() => new Response(problem('not-found'), { status: 404, headers }))
  await expect(gone.nearby()).rejects.toMatchObject(other)
  // What another version says in the same words means the same.
  const paused = clientOf(() => new Response(problem('peer-paused'), { status: 409, headers }))
  await expect(paused.nearby()).rejects.toMatchObject({ code: 'peer-paused' })
  const liar = clientOf(() => new Response('<html>', { headers: { 'holdfast-version': '99 <b>' } }))
  await expect(liar.status()).rejects.toMatchObject({ code: 'foreign-answer' })
})

test('is told by every answer of which version the daemon is', async () => {
  const { daemon } = await daemonOf('alice')
  for (const path of ['/api/v1/status', '/api/v1/nothing', '/api/v1/peers/hf1nobody'])
    expect((await daemon.app.request(path)).headers.get('holdfast-version')).toBe(version())
})

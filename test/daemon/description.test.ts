import { readFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { loadConfig } from '../../src/daemon/config/load.ts'
import type { Daemon } from '../../src/daemon/daemon.ts'
import type { Served } from '../../src/daemon/serve.ts'
import { DaemonBench } from './daemons.ts'
import { checkerOf, type Document, type Operation, operationsOf, responseOf } from './description.ts'
import { type Answer, ask, bearer } from './http.ts'

/** Time in which the measure of requests is never used up. */
const hurriedClock = { ...systemClock, now: () => performance.now() * 10_000 }
const strangerId = 'hf1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq2xv2gq'

const bench = new DaemonBench()
afterAll(() => bench.dispose())

let alice: Daemon
let bob: Daemon
let carol: Daemon
let served: Served
let document: Document
beforeAll(async () => {
  const dir = await bench.folder()
  const load = () => loadConfig({ dir, file: undefined, env: { HOME: dir }, flags: { listen: ['tcp://127.0.0.1:0'] } })
  const config = { loaded: await load(), load, changed: () => {} }
  alice = await bench.daemon('alice', { dir }, { clock: hurriedClock, config })
  ;[bob, carol] = [await bench.daemon('bob'), await bench.daemon('carol')]
  await alice.node.pair(await bob.node.ticket())
  served = await bench.serve(alice)
  document = (await ask(served, '/api/v1/openapi.json', { headers: bearer(served) })).json() as Document
})

/** What a right request brings. */
interface Input {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  /** Default 200. */
  readonly status?: number
}

const ofBob = (): Input => ({ path: { id: bob.node.id } })

/** A right request for each operation, in an order in which they work one after the other. */
const inputs: Readonly<Record<string, () => Input | Promise<Input>>> = {
  getDescription: () => ({}),
  getHealthz: () => ({}),
  getStatus: () => ({}),
  getMetrics: () => ({}),
  getConfig: () => ({}),
  reloadConfig: () => ({}),
  listPeers: () => ({}),
  getPeer: ofBob,
  changePeer: () => ({
    ...ofBob(),
    body: { name: 'robert', settings: { idleTimeoutMs: null, keepAlive: { mode: 'fixed', intervalMs: 5_000 } } },
  }),
  getPeerHealth: ofBob,
  pingPeer: ofBob,
  listLinks: () => ({}),
  getConnections: () => ({}),
  examine: () => ({ body: { peer: bob.node.id } }),
  sendMessage: () => ({ body: { peer: bob.node.id, text: 'hello' }, status: 201 }),
  listMessages: () => ({ query: `peer=${bob.node.id}&limit=5` }),
  listConversations: () => ({}),
  attend: () => ({ path: { key: 'a-key-of-mine' }, body: { peers: [bob.node.id] } }),
  leave: () => ({ path: { key: 'a-key-of-mine' }, status: 204 }),
  pausePeer: ofBob,
  resumePeer: ofBob,
  blockPeer: ofBob,
  unblockPeer: ofBob,
  reconnectPeer: ofBob,
  getPeerOutages: ofBob,
  makeTicket: () => ({ body: { expiresInMs: 60_000 }, status: 201 }),
  pairByTicket: async () => ({ body: { ticket: await carol.node.ticket() }, status: 201 }),
  openPairingWindow: () => ({ body: { forMs: 60_000 } }),
  getPairingWindow: () => ({}),
  listNearby: () => ({}),
  closePairingWindow: () => ({}),
  pairNearby: async () => {
    const dave = await bench.daemon('dave')
    dave.node.openPairing()
    return { path: { id: dave.node.id }, body: { addresses: dave.node.listening }, status: 201 }
  },
  listPairingRequests: () => ({}),
  confirmPairingRequest: () => ({ path: { id: alice.node.pairingRequests()[0]!.id } }),
  rejectPairingRequest: async () => {
    const erin = await bench.daemon('erin')
    erin.node.openPairing()
    await alice.node.pairNearby(erin.node.id, { addresses: erin.node.listening })
    return { path: { id: erin.node.id } }
  },
  getLog: () => ({ query: 'limit=10' }),
  followEvents: () => ({}),
  openPipe: () => ({ ...ofBob(), status: 426 }),
  acceptPipe: () => ({ status: 426 }),
  getPipeOutcome: () => ({ path: { handle: 'x'.repeat(22) }, status: 404 }),
  endPipe: () => ({ path: { handle: 'x'.repeat(22) }, body: { reason: 'aborted' }, status: 404 }),
  unpairPeer: () => ({ ...ofBob(), status: 204 }),
}

function operation(id: string): Operation {
  const found = operationsOf(document).find(({ operationId }) => operationId === id)
  if (found === undefined) throw new Error(`The document has no operation ${id}`)
  return found
}

/** Asks for an operation; `headers` and `body` are as they are given. */
function request(
  of: Operation,
  { path = {}, query = '' }: Input,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  const filled = of.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? strangerId))
  return ask(served, query === '' ? filled : `${filled}?${query}`, {
    method: of.method,
    headers,
    ...(body !== undefined && { body }),
  })
}

function expectDescribed(of: Operation, answer: Answer): void {
  const described = responseOf(of, answer.status)
  expect(described, `${of.operationId} answers ${answer.status}, which is not described: ${answer.text}`).toBeDefined()
  const [type = ''] = (answer.headers['content-type'] ?? '').split(';')
  const content = described?.content
  if (content === undefined) expect([answer.text, type]).toEqual(['', ''])
  else expect(Object.keys(content)).toContain(type)
  if (content === undefined || !type.endsWith('json')) return
  const result = checkerOf(document, content[type]!.schema).safeParse(answer.json())
  expect(result.error?.issues ?? [], `${of.operationId}: ${answer.text}`).toEqual([])
}

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)).toEqual({
      valid: true,
    })
    expect(validator.version).toBe('3.1')
  })

  it('has no name for something or nothing', () => {
    expect(nullNames()).toEqual([])
  })

  it('is what docs/api.md lists', async () => {
    const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+)` \| `([A-Z]+) ([^`]+)` \| ([^|]+) \|$/gm)].map((row) => row.slice(1))
    const expected = operationsOf(document).map((of) => [of.operationId, of.method, of.path, of.summary])
    expect(rows).toEqual(expected)
  })

  it('names each operation once, and each is tried here', () => {
    expect(
      operationsOf(document)
        .map(({ operationId }) => operationId)
        .toSorted(),
    ).toEqual(Object.keys(inputs).toSorted())
  })
})

/** Which named schemas take `null`: each user of a name says so for itself. */
const nullNames = (): string[] =>
  Object.entries(document.components.schemas)
    .filter(([, schema]) => checkerOf(document, schema).safeParse(null).success)
    .map(([name]) => name)

describe('each operation', () => {
  it.each(Object.keys(inputs))('%s answers a right request as it says', async (id) => {
    const of = operation(id)
    const input = await inputs[id]!()
    const headers = of.needsToken ? bearer(served) : {}
    if (id === 'followEvents') {
      const response = await fetch(`${served.url}${of.path}`, { headers })
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
      await response.body?.cancel()
      return
    }
    const body = input.body === undefined ? undefined : JSON.stringify(input.body)
    const typed = body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' }
    const answer = await request(of, input, typed, body)
    expect([answer.status, answer.text]).toEqual([input.status ?? 200, answer.text])
    expectDescribed(of, answer)
  })

  it('answers nothing without a token, unless it says that it needs none', async () => {
    for (const of of operationsOf(document).filter(({ needsToken }) => needsToken)) {
      const answer = await request(of, {}, {})
      expect([of.operationId, answer.status]).toEqual([of.operationId, 401])
      expectDescribed(of, answer)
    }
    expect(
      operationsOf(document)
        .filter(({ needsToken }) => !needsToken)
        .map(({ operationId }) => operationId),
    ).toEqual(['getHealthz'])
  })

  it('says that a peer does not exist, and that an id is none', async () => {
    for (const of of operationsOf(document).filter(({ path }) => path.startsWith('/api/v1/peers/{id}'))) {
      for (const id of [strangerId, 'nonsense', 'x'.repeat(100), '%00', '..%2f..']) {
        const typed = of.requestBody === undefined ? {} : { 'Content-Type': 'application/json' }
        const body = of.requestBody === undefined ? undefined : '{}'
        const answer = await request(of, { path: { id } }, { ...bearer(served), ...typed }, body)
        expect([of.operationId, id, answer.status]).toEqual([of.operationId, id, 404])
        expectDescribed(of, answer)
      }
    }
  })

  it('says what is wrong with a body', async () => {
    for (const of of operationsOf(document).filter(({ requestBody }) => requestBody !== undefined)) {
      const path = of.path.includes('{handle}')
        ? { handle: 'x'.repeat(22) }
        : of.path.includes('{key}')
          ? { key: 'a-key-of-mine' }
          : {}
      const wrong = async (body: string, type: string): Promise<number> => {
        const answer = await request(of, { path }, { ...bearer(served), 'Content-Type': type }, body)
        expectDescribed(of, answer)
        return answer.status
      }
      const statuses = [
        await wrong('{"surprise":1}', 'application/json'),
        await wrong('[1]', 'application/json'),
        await wrong('{', 'application/json'),
        await wrong('surprise=1', 'application/x-www-form-urlencoded'),
        await wrong(JSON.stringify('x'.repeat(140_000)), 'application/json'),
      ]
      expect([of.operationId, ...statuses]).toEqual([of.operationId, 422, 422, 400, 415, 413])
    }
  })

  it('says what is wrong with a query', async () => {
    for (const of of operationsOf(document)) {
      for (const { name } of of.parameters.filter(
        (parameter) => parameter.in === 'query' && parameter.name !== 'peer',
      )) {
        const answer = await request(of, { query: `${name}=nonsense` }, bearer(served))
        expect([of.operationId, name, answer.status]).toEqual([of.operationId, name, 422])
        expectDescribed(of, answer)
      }
    }
  })

  it('takes no other method', async () => {
    for (const [path, item] of Object.entries(document.paths)) {
      const [of] = operationsOf({ ...document, paths: { [path]: item } })
      const answer = await request({ ...of!, method: 'OPTIONS' }, {}, bearer(served))
      expect([path, answer.status]).toEqual([path, 405])
      for (const method of Object.keys(item)) expect(answer.headers.allow).toContain(method.toUpperCase())
    }
  })
})

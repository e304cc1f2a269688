import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Problem } from '../../src/daemon/contract/problem.ts'
import type { Daemon } from '../../src/daemon/daemon.ts'
import { DaemonBench } from './daemons.ts'

const bench = new DaemonBench()
let alice: Daemon
let id: string
beforeAll(async () => {
  const pair = await bench.pair()
  alice = pair.alice
  id = pair.bob.node.id
})
afterAll(() => bench.dispose())

const peer = '/peers/ID'
const messages = '/chat/messages'

test.each<[method: string, path: string, body: unknown, sentence: string]>([
  ['PATCH', peer, { name: '' }, '"" is no name: it needs at least one character that can be seen'],
  [
    'PATCH',
    peer,
    { name: '\u202ebob' },
    '"?bob" is no name: it holds control characters, or marks that turn the direction of writing; leave them out',
  ],
  ['PATCH', peer, { name: 5 }, "The field 'name' must be text"],
  ['PATCH', peer, { nam: 'bob' }, "The body has 'nam', which is not known; leave it out"],
  [
    'PATCH',
    peer,
    { settings: { hold: 'always' } },
    "The field 'settings' has 'hold', which is called 'connectPolicy' now",
  ],
  [
    'PATCH',
    peer,
    { settings: { connectPolicy: 'now' } },
    `The field 'settings.connectPolicy' must be "always" or "on-demand"`,
  ],
  ['PATCH', peer, { settings: { idleTimeoutMs: 5 } }, "The field 'settings.idleTimeoutMs' must be at least 1000"],
  [
    'PATCH',
    peer,
    { settings: { keepAlive: { mode: 'fixed', failures: 0 } } },
    "The field 'settings.keepAlive.failures' must be at least 1",
  ],
  [
    'PATCH',
    peer,
    { settings: { keepAlive: { mode: 'no' } } },
    "The field 'settings.keepAlive.mode' has a form that is not known; /api/v1/openapi.json lists those that are",
  ],
  ['PATCH', peer, [], 'The body must be an object'],
  ['PATCH', peer, '{', 'The body is not valid JSON; correct it'],
  ['POST', '/tickets', { expiresInMs: 2_000.5 }, "The field 'expiresInMs' must be a whole number"],
  ['POST', '/pairings', {}, "The field 'ticket' is missing"],
  ['POST', '/pairings', { ticket: '' }, "The field 'ticket' must not be empty"],
  ['POST', '/pairings', { ticket: 'x'.repeat(9_000) }, "The field 'ticket' must have at most 8192 characters"],
  ['POST', '/nearby/ID/pair', { addresses: '' }, "The field 'addresses' must be a list"],
  [
    'POST',
    messages,
    { peer: 'ID', text: 'ü'.repeat(16_000) },
    'The message has 32000 bytes or more, and 16384 fit; cut it in pieces, or send a file',
  ],
  ['POST', messages, { peer: 1, text: 2 }, "The field 'peer' must be text; The field 'text' must be text"],
  ['GET', `${messages}?limit=many`, undefined, "The parameter 'limit' must be a number"],
])('%s %s with %j is answered in a sentence', async (method, path, body, sentence) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)?.replace('"ID"', JSON.stringify(id))
  const request =
    text === undefined ? { method } : { method, body: text, headers: { 'content-type': 'application/json' } }
  const response = await alice.app.request(`/api/v1${path.replace('ID', id)}`, request)
  expect([400, 422]).toContain(response.status)
  expect(((await response.json()) as Problem).detail).toBe(sentence)
})

import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Guard } from '../../src/daemon/api/guard.ts'
import type { Served } from '../../src/daemon/serve.ts'
import { readAll } from '../library/nodes.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { DaemonBench } from './daemons.ts'
import { type Ask, ask, bearer } from './http.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

let served: Served
let port: string
beforeEach(async () => {
  served = await bench.serve(await bench.daemon('alice'))
  port = new URL(served.url).port
})

/** What becomes of a request for the status: the code of its problem, or `ok`. */
async function outcome(headers: Record<string, string>, more: Omit<Ask, 'headers'> = {}): Promise<string> {
  const answer = await ask(served, '/api/v1/status', { ...more, headers })
  if (answer.status === 200) return 'ok'
  expect(answer.headers['content-type']).toBe('application/problem+json')
  return (answer.json() as { code: string }).code
}

describe('whoever has the token', () => {
  it('is served, under the names of loopback', async () => {
    const right = bearer(served)
    for (const name of ['127.0.0.1', 'localhost', '127.8.8.8', '[::1]', 'LOCALHOST'])
      expect(await outcome({ ...right, Host: `${name}:${port}` })).toBe('ok')
    expect(await outcome({ Authorization: `bearer ${served.token}` })).toBe('ok')
  })

  it("may be the API's own page", async () => {
    expect(await outcome({ ...bearer(served), Origin: served.url })).toBe('ok')
  })
})

describe('nobody else is served', () => {
  it('without a token, or with a wrong one', async () => {
    const { token } = served
    const wrong = ['', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer ${token.slice(1)}`, `Bearer ${token}x`]
    for (const authorization of wrong) expect(await outcome({ Authorization: authorization })).toBe('unauthorized')
    const answer = await ask(served, '/api/v1/status')
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="holdfast"' } })
    expect(answer.text).not.toContain(token)
  })

  it('at a path that does not exist, or by a method that does not', async () => {
    expect(await ask(served, '/api/v1/nothing')).toMatchObject({ status: 401 })
    expect(await ask(served, '/metrics')).toMatchObject({ status: 401 })
    expect(await outcome({}, { method: 'DELETE' })).toBe('unauthorized')
    expect(await ask(served, '/assets/../api/v1/status')).toMatchObject({ status: 401 })
    expect(await ask(served, '/assets/%2e%2e/api/v1/status')).toMatchObject({ status: 401 })
  })

  it('under a name that was made to lead here', async () => {
    for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.0.2.1'])
      expect(await outcome({ ...bearer(served), Host: name })).toBe('forbidden-host')
  })

  it('under a name that is none', async () => {
    for (const name of ['a b', 'x@127.0.0.1', '[::1'])
      expect(await outcome({ ...bearer(served), Host: name })).toBe('malformed-request')
  })

  it('from a page of somebody else', async () => {
    const pages = [
      'https://evil.example',
      'null',
      `http://localhost:${port}`,
      'http://127.0.0.1:1',
      `https://127.0.0.1:${port}`,
    ]
    for (const origin of pages) expect(await outcome({ ...bearer(served), Origin: origin })).toBe('forbidden-origin')
    const answer = await ask(served, '/api/v1/status', {
      headers: { ...bearer(served), Origin: 'https://evil.example' },
    })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('not even for a look at whether the daemon lives, under a foreign name', async () => {
    expect(await ask(served, '/healthz')).toMatchObject({ status: 200 })
    expect(await ask(served, '/healthz', { headers: { Host: 'evil.example' } })).toMatchObject({ status: 403 })
  })
})

describe('what is no request', () => {
  const answerTo = async (text: string): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(text)
    return (await readAll(socket)).toString()
  }

  it('is answered as such', async () => {
    const answer = await answerTo('hello\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer).toContain('"code":"malformed-request"')
    const long = await answerTo(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(long).toMatch(/^HTTP\/1\.1 431 /)
    expect(long).toContain('"code":"header-too-large"')
  })
})

describe('an answer', () => {
  it('is for no cache, and for no other page to embed', async () => {
    for (const path of ['/api/v1/status', '/api/v1/nothing']) {
      const { headers } = await ask(served, path, { headers: bearer(served) })
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      })
    }
  })
})

describe('whoever guesses', () => {
  it('is slowed down, and keeps nobody else out', async () => {
    const outcomes: string[] = []
    for (let n = 0; n < 30; n++) outcomes.push(await outcome({ Authorization: `Bearer guess-${n}` }))
    expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'unauthorized'))
    expect(outcomes).toContain('too-many-requests')
    const answer = await ask(served, '/api/v1/status')
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect(await outcome(bearer(served))).toBe('ok')
  })
})

describe('a page of somebody else that asks without end whether the daemon lives', () => {
  it('is slowed down, and keeps nobody else out', async () => {
    const guard = new Guard({ token: served.token, clock: new VirtualClock(), hosts: [], beyondLoopback: false })
    const caller = { host: 'localhost', origin: undefined, authorization: undefined, remoteAddress: '127.0.0.1' }
    const outcomes = Array.from({ length: 1_000 }, () => guard.refusal({ ...caller, path: '/healthz' })?.code)
    expect(new Set(outcomes)).toEqual(new Set([undefined, 'too-many-requests']))
    const { Authorization: authorization } = bearer(served)
    expect(guard.refusal({ ...caller, path: '/api/v1/status', authorization })).toBeUndefined()
  })
})

describe('a body', () => {
  const post = async (body: string, headers: Record<string, string> = {}): Promise<unknown[]> => {
    const all = { ...bearer(served), 'Content-Type': 'application/json', ...headers }
    const answer = await ask(served, '/api/v1/tickets', { method: 'POST', headers: all, body })
    return [answer.status, (answer.json() as { code?: string }).code]
  }

  it('of another type than JSON is refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
    ])
      expect(await post('{}', { 'Content-Type': type })).toEqual([415, 'unsupported-media-type'])
  })

  it('that is no JSON, or not what is asked for, is refused with what is wrong', async () => {
    expect(await post('{"expiresInMs":')).toEqual([400, 'malformed-request'])
    expect(await post('\u0000')).toEqual([400, 'malformed-request'])
    for (const body of ['[]', 'null', '"x"', '{"expiresInMs":"5"}', '{"expiresInMs":0}', '{"expiresIn":5000}'])
      expect(await post(body)).toEqual([422, 'invalid-request'])
  })

  it('is read when its length is not told beforehand, and may be missing altogether', async () => {
    const chunked = { ...bearer(served), 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
    expect(await ask(served, '/api/v1/tickets', { method: 'POST', headers: chunked, body: '{}' })).toMatchObject({
      status: 201,
    })
    // As browsers send it: neither a length nor a body.
    const nobody = await fetch(`${served.url}/api/v1/peers/${served.token}`, {
      method: 'DELETE',
      headers: bearer(served),
    })
    expect(nobody.status).toBe(404)
  })

  it('that is too large is refused, whether it says so or not', async () => {
    const large = JSON.stringify({ x: 'x'.repeat(128 * 1024) })
    expect(await post(large)).toEqual([413, 'body-too-large'])
    expect(await post(large, { 'Transfer-Encoding': 'chunked' })).toEqual([413, 'body-too-large'])
  })
})

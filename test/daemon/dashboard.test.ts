import { afterEach, expect, it } from 'vitest'
import { DaemonBench } from './daemons.ts'
import { ask, bearer } from './http.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

it('answers for the page without a token, built or not, under a policy that allows nothing of others', async () => {
  const served = await bench.serve(await bench.daemon('alice'))
  const page = await ask(served, '/')
  expect(page.status === 200 ? page.text : page.text.slice(0, 33)).toMatch(
    /<div id="app">|The dashboard was not built yet/,
  )
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/,
  )
  expect(page.headers['referrer-policy']).toBe('no-referrer')
  expect(page.text).not.toContain(served.token)
})

it('lets no path lead out of the assets', async () => {
  const served = await bench.serve(await bench.daemon('alice'))
  for (const path of [
    '/assets/',
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/%00',
    '/assets//etc/passwd',
    '/assets/__proto__',
  ])
    expect(await ask(served, path, { headers: bearer(served) })).toMatchObject({ status: 404 })
})

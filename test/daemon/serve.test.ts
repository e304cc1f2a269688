import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openDaemon } from '../../src/daemon/daemon.ts'
import { DaemonBench } from './daemons.ts'
import { ask, bearer } from './http.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('the token', () => {
  it('is made at the first start, for the owner alone, and stays', async () => {
    const daemon = await bench.daemon('alice')
    const path = join(daemon.context.dir, 'api-token')
    const first = await bench.serve(daemon)
    expect([first.token, await mode(path)]).toEqual([(await readFile(path, 'utf8')).trim(), 0o600])
    expect(first.token).toMatch(/^[\w-]{43}$/)
    await first.close()
    expect((await bench.serve(daemon)).token).toBe(first.token)
  })

  it('is never made anew where a damaged one stands', async () => {
    const daemon = await bench.daemon('alice')
    const path = join(daemon.context.dir, 'api-token')
    for (const damaged of ['', 'short', 'x'.repeat(43).concat('!'), `${'x'.repeat(43)}\n${'x'.repeat(43)}`]) {
      await writeFile(path, damaged, { mode: 0o600 })
      await expect(bench.serve(daemon)).rejects.toMatchObject({ code: 'api-token-unusable' })
      expect(await readFile(path, 'utf8')).toBe(damaged)
    }
  })

  it('that others may read is refused', async () => {
    const daemon = await bench.daemon('alice')
    const { close } = await bench.serve(daemon)
    await close()
    const path = join(daemon.context.dir, 'api-token')
    await chmod(path, 0o644)
    await expect(bench.serve(daemon)).rejects.toMatchObject({
      code: 'api-token-unusable',
      message: expect.stringContaining('chmod 600'),
    })
  })

  it('that cannot be written is an error that says so', async () => {
    const daemon = await bench.daemon('alice')
    const { dir } = daemon.context
    const elsewhere = { ...daemon, context: { ...daemon.context, dir: join(dir, 'missing') } }
    await expect(bench.serve(elsewhere)).rejects.toMatchObject({
      code: 'api-token-not-saved',
      message: expect.stringContaining('choose a folder that you may write to'),
    })
  })
})

describe('where it is served', () => {
  it('stands in daemon.json until it ends', async () => {
    const daemon = await bench.daemon('alice')
    const served = await bench.serve(daemon)
    const path = join(daemon.context.dir, 'daemon.json')
    const { startedAtMs } = daemon.context
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ url: served.url, pid: process.pid, startedAtMs })
    expect(await mode(path)).toBe(0o600)
    await served.close()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is loopback unless somebody says otherwise', async () => {
    const daemon = await bench.daemon('alice')
    const served = await bench.serve(daemon)
    expect([new URL(served.url).hostname, served.beyondLoopback]).toEqual(['127.0.0.1', false])
    await served.close()
    const wide = await bench.serve(daemon, { host: '0.0.0.0', allowedHosts: ['alice.example'] })
    expect([new URL(wide.url).hostname, wide.beyondLoopback]).toEqual(['127.0.0.1', true])
    for (const name of ['alice.example', '192.0.2.1'])
      expect(await ask(wide, '/api/v1/status', { headers: { ...bearer(wide), Host: name } })).toMatchObject({
        status: 200,
      })
    expect(await ask(wide, '/api/v1/status', { headers: { ...bearer(wide), Host: 'bob.example' } })).toMatchObject({
      status: 403,
    })
  })

  it('is another port where the usual one is taken, and an error where that was asked for', async () => {
    const daemon = await bench.daemon('alice')
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    await expect(bench.serve(daemon, { port })).rejects.toMatchObject({
      code: 'api-listen-failed',
      message: expect.stringContaining('another program uses that port'),
    })
    taken.close()
    // Whether or not 7411 is free on this machine, two cannot both have it.
    const first = await bench.serve(daemon, { port: undefined })
    const second = await bench.serve(await bench.daemon('bob'), { port: undefined })
    expect(first.url).not.toBe(second.url)
    await expect(bench.serve(daemon, { host: '192.0.2.1' })).rejects.toMatchObject({ code: 'api-listen-failed' })
  })
})

describe('the port of an API that was not told which', () => {
  const portOf = ({ url }: { readonly url: string }): number => Number(new URL(url).port)

  /** A daemon on the folder, up and down again. */
  async function portAt(dir: string): Promise<number> {
    const daemon = await bench.daemon('alice', { dir })
    const served = await bench.serve(daemon, { port: undefined })
    await served.close()
    await daemon.close({ flushTimeoutMs: 0 })
    return portOf(served)
  }

  it('is the same at the next start, also where the usual one is free by then', async () => {
    const dir = await bench.folder()
    // Whether or not 7411 is free on this machine, it is taken now.
    const first = await bench.serve(await bench.daemon('first'), { port: undefined })
    const port = await portAt(dir)
    await first.close()
    expect(await portAt(dir)).toBe(port)
  })

  it('is another one where that is taken meanwhile, which is kept from then on', async () => {
    const dir = await bench.folder()
    const first = await bench.serve(await bench.daemon('first'), { port: undefined })
    const port = await portAt(dir)
    const taken = await bench.serve(await bench.daemon('other'), { port })
    const another = await portAt(dir)
    await taken.close()
    await first.close()
    expect(another).not.toBe(port)
    expect(await portAt(dir)).toBe(another)
  })

  it.each(['', 'nonsense', '80', '65536', '-1', '40001.5', '40001\n40002'])(
    'is not read from a file with "%s"',
    async (text) => {
      const dir = await bench.folder()
      await writeFile(join(dir, 'api-port'), text)
      expect(await portAt(dir)).toBeGreaterThan(1_024)
    },
  )

  it('that somebody chose is not kept', async () => {
    const dir = await bench.folder()
    const served = await bench.serve(await bench.daemon('alice', { dir }), { port: 0 })
    expect(await readFile(join(dir, 'api-port'), 'utf8').catch(() => undefined)).toBeUndefined()
    await served.close()
  })
})

describe('two daemons on one folder', () => {
  it('are one too many', async () => {
    const dir = await bench.folder()
    await bench.serve(await bench.daemon('alice', { dir }))
    await expect(openDaemon({ node: { dir, listen: [] } })).rejects.toMatchObject({ code: 'folder-in-use' })
  })
})

describe('the end', () => {
  it('comes also while clients follow the events', async () => {
    const daemon = await bench.daemon('alice')
    const served = await bench.serve(daemon)
    const response = await fetch(`${served.url}/api/v1/events`, { headers: bearer(served) })
    const reader = response.body?.getReader()
    await reader?.read()
    await served.close()
    await rm(join(daemon.context.dir, 'daemon.json'), { force: true })
    expect(daemon.context.eventClients.count).toBe(0)
  })
})

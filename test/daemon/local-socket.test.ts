// How the command line reaches its daemon, whatever other users of the machine do to its port.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findDaemon } from '../../src/cli/find-daemon.ts'
import type { ApiResponse } from '../../src/daemon/client.ts'
import { fetchLocally } from '../../src/daemon/local-fetch.ts'
import { connectLocally } from '../../src/daemon/local-socket.ts'
import type { Served } from '../../src/daemon/serve.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { DaemonBench } from './daemons.ts'
import { ask, bearer } from './http.ts'

const bench = new DaemonBench()
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await bench.dispose()
})

/** A connection to the port of the API that says nothing. */
async function idle({ url }: Served): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

const status = (dir: string): Promise<ApiResponse> =>
  fetchLocally(dir, '/api/v1/status', { method: 'GET', headers: {} })

describe('the socket in the folder', () => {
  it('needs no token, and is for the owner of the folder alone', async () => {
    const daemon = await bench.daemon('alice')
    await bench.serve(daemon)
    const { dir } = daemon.context
    expect(JSON.parse(await (await status(dir)).text())).toMatchObject({ name: 'alice' })
    const { mode } = await stat(join(dir, 'api.sock'))
    expect(mode & 0o777).toBe(0o600)
  })

  it('is there in a folder whose path is longer than the name of a socket may be', async () => {
    const dir = join(await bench.folder(), ...Array.from({ length: 4 }, () => 'x'.repeat(60)))
    await mkdir(dir, { recursive: true })
    const served = await bench.serve(await bench.daemon('alice', { dir }))
    expect(await findDaemon(dir)).toMatchObject({ status: { name: 'alice' } })
    await served.close()
    await expect(stat(join(dir, 'api.sock'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('goes with the daemon, and tells a daemon that does not run from one that does', async () => {
    const daemon = await bench.daemon('alice')
    const served = await bench.serve(daemon)
    await served.close()
    await expect(status(daemon.context.dir)).rejects.toMatchObject({ code: 'ENOENT' })
    const [error] = (await once(connectLocally(daemon.context.dir), 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ENOENT')
  })

  const canUnshare = spawnSync('unshare', ['--net', 'true']).status === 0
  it.skipIf(!canUnshare)('is reached from another network namespace, where the port is somebody else’s', async () => {
    const daemon = await bench.daemon('alice')
    await bench.serve(daemon)
    const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
    const child = spawn('unshare', ['--net', process.execPath, main, 'status', '--json', '--dir', daemon.context.dir])
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    expect(await once(child, 'close')).toEqual([0, null])
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ name: 'alice' })
  })
})

describe('connections over TCP that show no token', () => {
  it('are closed within 2 s when they do nothing', async () => {
    const clock = new VirtualClock()
    const served = await bench.serve(await bench.daemon('alice', {}, { clock }))
    const silent = await idle(served)
    const partial = await idle(served)
    partial.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
    // Kept alive by a request that needs no token.
    const answered = await idle(served)
    answered.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(answered, 'data')
    const shown = await idle(served)
    shown.write(`GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${served.token}\r\n\r\n`)
    await once(shown, 'data')
    const closed = [silent, partial, answered].map((socket) => once(socket, 'close'))
    await clock.run(2_000)
    await Promise.all(closed)
    expect(shown.closed).toBe(false)
  })

  it('keep neither the command line nor a page with the token out, however many there are', async () => {
    const daemon = await bench.daemon('alice')
    const served = await bench.serve(daemon)
    for (let held = 0; held < 300; held++) await idle(served)
    expect((await status(daemon.context.dir)).status).toBe(200)
    expect(await ask(served, '/api/v1/status', { headers: bearer(served) })).toMatchObject({ status: 200 })
  })
})

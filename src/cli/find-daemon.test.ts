import { chmod, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { Workbench } from '../../test/library/nodes.ts'
import { openDaemon } from '../daemon/daemon.ts'
import { listenLocally } from '../daemon/local-socket.ts'
import { serve } from '../daemon/serve.ts'
import { holdFolder } from '../store/folder.ts'
import { type Control, withControl } from './control.ts'
import { findDaemon, webAccess } from './find-daemon.ts'

const bench = new Workbench()
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await bench.dispose()
})

async function daemonOn(dir: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const daemon = await openDaemon({ node: { dir, listen: [] } })
  ends.push(() => daemon.close({ flushTimeoutMs: 0 }))
  const served = await serve(daemon, { port: 0 })
  ends.push(() => served.close())
  return served
}

/** What listens at a port where a daemon was. */
async function stranger(connected: () => void): Promise<string> {
  const server = createServer().on('connection', connected)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

/** What listens in the folder and is no daemon of this version. */
async function impostor(dir: string, headers: Record<string, string>, answer: string): Promise<void> {
  const server = createServer((_, response) => void response.writeHead(200, headers).end(answer))
  const release = await listenLocally(server, dir)
  ends.push(async () => {
    await new Promise((resolve) => server.close(resolve))
    release()
  })
}

const left = (dir: string, url: string, pid = 4_000_000): Promise<void> =>
  writeFile(join(dir, 'daemon.json'), JSON.stringify({ url, pid, startedAtMs: 1 }))

test('finds the one that runs, and speaks to it', async () => {
  const dir = await bench.folder()
  const { url } = await daemonOn(dir)
  const found = await findDaemon(dir)
  if (found === undefined || 'silent' in found) throw new Error('There is one')
  expect(found).toMatchObject({ status: { pid: process.pid } })
  expect(await webAccess(dir)).toEqual({ url, token: expect.stringMatching(/^[\w-]{43}$/) })
  expect(await found.api.peers()).toEqual([])
  await expect(found.api.peer('hf1nobody')).rejects.toMatchObject({ code: 'invalid-peer-id', status: 404 })
})

test('tells when the one that it speaks to has ended', async () => {
  const dir = await bench.folder()
  const served = await daemonOn(dir)
  const found = await findDaemon(dir)
  if (found === undefined || 'silent' in found) throw new Error('There is one')
  ends.pop()
  await served.close()
  await expect(found.api.peers()).rejects.toMatchObject({ code: 'daemon-unreachable' })
  expect(await findDaemon(dir)).toBeUndefined()
})

test('takes nothing for one where none was', async () => {
  const dir = await bench.folder()
  expect(await findDaemon(dir)).toBeUndefined()
  expect(await findDaemon(join(dir, 'none'))).toBeUndefined()
  for (const text of ['', '{}', 'null', '{"url":"file:///etc/passwd","pid":1}', '{"url":"http://127.0.0.1:1"}']) {
    await writeFile(join(dir, 'daemon.json'), text)
    expect(await findDaemon(dir)).toBeUndefined()
  }
})

test('connects to nothing that listens at the port of one that was killed', async () => {
  const dir = await bench.folder()
  let connections = 0
  await left(dir, await stranger(() => connections++), process.pid)
  await writeFile(join(dir, 'api-token'), 'x'.repeat(43), { mode: 0o600 })
  // As one leaves it that is killed.
  const server = createServer()
  const release = await listenLocally(server, dir)
  await rename(join(dir, 'api.sock'), join(dir, 'kept'))
  await new Promise((resolve) => server.close(resolve))
  release()
  await rename(join(dir, 'kept'), join(dir, 'api.sock'))
  expect([await findDaemon(dir), connections]).toEqual([undefined, 0])
  expect(await daemonOn(dir)).toMatchObject({ url: expect.any(String) })
  expect(await findDaemon(dir)).toMatchObject({ status: { pid: process.pid } })
})

test('says so where another process has the folder by now, and serves no API yet', async () => {
  const dir = await bench.folder()
  const hold = await holdFolder(dir)
  ends.push(async () => hold.release())
  let connections = 0
  await left(dir, await stranger(() => connections++))
  const silent = `the process that holds it (pid ${process.pid}) serves no API to this command, or not yet`
  expect([await findDaemon(dir), connections]).toEqual([{ silent }, 0])
})

test('says so where the daemon is of another version, and no more than that where it can be spoken to', async () => {
  const foreign = await bench.folder()
  await impostor(foreign, {}, 'hello')
  expect(await findDaemon(foreign)).toEqual({ silent: expect.stringContaining('which program listens there') })
  const headers = { 'holdfast-version': '99.0.0' }
  const strange = await bench.folder()
  await impostor(strange, headers, '<html>')
  await expect(findDaemon(strange)).rejects.toMatchObject({ code: 'other-version' })
  const dir = await bench.folder()
  await impostor(dir, headers, '{"version":"99.0.0"}')
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  ends.push(async () => told.mockRestore())
  const speak = async ({ daemon }: Control): Promise<string | undefined> => daemon?.status.version
  expect(await withControl({ dir }, speak)).toBe('99.0.0')
  expect(told.mock.calls).toEqual([[expect.stringMatching(/^The daemon is of version 99\.0\.0 and this command of /)]])
  told.mockClear()
  const ofThisVersion = await bench.folder()
  await daemonOn(ofThisVersion)
  await withControl({ dir: ofThisVersion }, speak)
  expect(told).not.toHaveBeenCalled()
})

test('goes on speaking to one that was started anew, wherever that is', async () => {
  const dir = await bench.folder()
  const first = await openDaemon({ node: { dir, listen: [], name: 'first' } })
  const before = await serve(first, { port: 0 })
  const found = await findDaemon(dir)
  if (found === undefined || 'silent' in found) throw new Error('There is one')
  await before.close()
  await first.close({ flushTimeoutMs: 0 })
  await expect(found.api.status()).rejects.toMatchObject({ code: 'daemon-unreachable' })
  await daemonOn(dir)
  expect(await found.api.status()).toMatchObject({ pid: process.pid })
})

test.skipIf(process.getuid?.() === 0)('says that the folder is another user’s', async () => {
  const dir = await bench.folder()
  await left(dir, 'http://127.0.0.1:1')
  await chmod(join(dir, 'daemon.json'), 0)
  await expect(findDaemon(dir)).rejects.toMatchObject({ code: 'folder-forbidden' })
})

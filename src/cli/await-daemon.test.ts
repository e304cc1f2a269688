import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Workbench } from '../../test/library/nodes.ts'
import { openDaemon } from '../daemon/daemon.ts'
import { serve } from '../daemon/serve.ts'
import { holdFolder } from '../store/folder.ts'
import { awaitDaemon } from './await-daemon.ts'
import { withControl } from './control.ts'

const LONG_MS = 20_000
const bench = new Workbench()
const ends: (() => Promise<unknown>)[] = []
const restart = { restartMsMax: LONG_MS, signal: new AbortController().signal }
let said = ''
beforeEach(() => {
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0).reverse()) await end()
  await bench.dispose()
})

async function daemonOn(dir: string): Promise<void> {
  const daemon = await openDaemon({ node: { dir, listen: [] } })
  ends.push(() => daemon.close({ flushTimeoutMs: 0 }))
  const served = await serve(daemon, { port: 0 })
  ends.push(() => served.close())
}

/** A folder as a killed daemon leaves it. */
async function afterKill(): Promise<string> {
  const dir = await bench.folder()
  await writeFile(join(dir, 'daemon.json'), JSON.stringify({ url: 'http://127.0.0.1:9', pid: 1, startedAtMs: 1 }))
  return dir
}

test('a daemon that was killed and is started again is waited for', async () => {
  const dir = await afterKill()
  const found = awaitDaemon(dir, restart)
  await vi.waitUntil(() => said.includes('waiting up to 20 s until it is back'))
  await daemonOn(dir)
  expect(await found).toMatchObject({ status: { pid: process.pid } })
})

test('a daemon that holds the folder and serves nothing yet is waited for', async () => {
  const dir = await bench.folder()
  const hold = await holdFolder(dir)
  const found = awaitDaemon(dir, restart)
  await vi.waitUntil(() => said.includes('waiting up to'))
  hold.release()
  await daemonOn(dir)
  expect(await found).toBeDefined()
})

test('nothing is waited for in a folder where nothing tells of a daemon', async () => {
  expect(await awaitDaemon(await bench.folder(), restart)).toBeUndefined()
  expect(said).toBe('')
})

test('one that does not come is waited for as long as was said, and not again', async () => {
  const dir = await afterKill()
  const node = await withControl({ dir, daemonWaitMs: 1 }, async (control) => control.node?.id)
  expect(node).toMatch(/^hf1/)
  expect(said).toContain('waiting up to')
  expect(existsSync(join(dir, 'daemon.json'))).toBe(false)
})

test('who says how the node is to be opened does not wait', async () => {
  const dir = await afterKill()
  await withControl({ dir, daemonWaitMs: LONG_MS, listen: false }, async () => undefined)
  expect(said).toBe('')
})

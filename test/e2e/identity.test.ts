// The identity from the command line: backed up, restored, replaced, and nothing ever overwritten.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { loadOrCreateIdentity } from '../../src/identity/identity-file.ts'
import { holdFolder } from '../../src/store/folder.ts'
import { Command, type Exit } from './command.ts'

// Each test starts several processes, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-identity-'))
})
afterEach(() => Command.endAll())
afterAll(() => rm(root, { recursive: true }))

const id = (...args: string[]): Promise<Exit> => new Command('id', ...args).finish()

test('a backup carries the identity to another folder', async () => {
  const [dir, other, backup] = [join(root, 'dir'), join(root, 'other'), join(root, 'backup.pem')]
  const { id: own } = await loadOrCreateIdentity(dir)
  expect(await id('--backup', backup, '--dir', dir)).toMatchObject({
    code: 0,
    stdout: Buffer.from(`Wrote the identity ${own} to ${backup}\n`),
  })
  expect((await stat(backup)).mode & 0o777).toBe(0o600)
  const [again, restored] = await Promise.all([
    id('--backup', backup, '--dir', dir),
    id('--restore', backup, '--dir', other, '--json'),
  ])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was overwritten; name a new file') })
  expect(JSON.parse(restored.stdout.toString())).toEqual({ id: own, dir: other })
  expect((await loadOrCreateIdentity(other)).id).toBe(own)
})

test('replacing asks, keeps the old identity, and waits until no node uses the folder', async () => {
  const dir = join(root, 'replaced')
  const { id: old } = await loadOrCreateIdentity(dir)
  expect(await id('--replace', '--dir', dir)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('; add --yes'),
  })
  const hold = await holdFolder(dir)
  expect(await id('--replace', '--yes', '--dir', dir)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`is in use by another process (pid ${process.pid})`),
  })
  hold.release()
  const { stdout } = await id('--replace', '--yes', '--dir', dir, '--json')
  const { id: next, before, kept } = JSON.parse(stdout.toString()) as Record<string, string>
  expect(before).toBe(old)
  expect((await loadOrCreateIdentity(dir)).id).toBe(next)
  expect((await readdir(dir)).map((file) => join(dir, file))).toContain(kept)
})

test('two wishes at once are wrong usage', async () => {
  expect((await id('--backup', 'a', '--restore', 'b', '--dir', root)).code).toBe(2)
})

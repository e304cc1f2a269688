// A FIFO where a file of the node's folder should be: opening it waits until somebody opens its other end, for ever.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Command } from './command.ts'

vi.setConfig({ testTimeout: 120_000 })

const runs = /^.*"the daemon runs".*\n/m
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-fifos-'))
})
afterEach(async () => {
  await Command.endAll()
  await rm(dir, { recursive: true })
})

function makeFifos(...names: string[]): void {
  for (const name of names) execFileSync('mkfifo', ['-m', '600', join(dir, name)])
}

const up = (): Command => new Command('up', '--dir', dir, '--listen', 'tcp://127.0.0.1:0', '--mdns-enabled=false')

describe.skipIf(process.platform === 'win32')('no command waits for a FIFO in the folder', () => {
  test('where a file is only information, and is gone without', async () => {
    const names = ['lock.holder', 'lock.holder.new', 'daemon.json', 'api.sock', 'api-port']
    makeFifos(...names)
    for (const name of ['status', 'peers', 'id']) {
      const { code } = await new Command(name, '--dir', dir).finish()
      expect([name, code]).toEqual([name, 0])
    }
    await Promise.all(names.map((name) => rm(join(dir, name), { force: true })))
    makeFifos(...names)
    const daemon = up()
    await daemon.prints(runs)
    expect((await new Command('status', '--dir', dir).finish()).code).toBe(0)
    daemon.kill('SIGTERM')
    expect((await daemon.exit).code).toBe(0)
  })

  test.each(['lock', 'api-token', 'identity.pem', 'holdfast.db'])(
    'where %s is needed: a sentence says what is wrong',
    async (name) => {
      makeFifos(name)
      const { code, stderr } = await up().finish()
      expect(stderr).toContain(name)
      expect(code).toBe(1)
    },
  )

  test('where the database of conversations is one, the node runs without them', async () => {
    makeFifos('chat.db')
    const daemon = up()
    await daemon.prints(runs)
    daemon.kill('SIGTERM')
    expect((await daemon.exit).code).toBe(0)
    expect(await readdir(dir)).toContain('chat.db')
  })
})

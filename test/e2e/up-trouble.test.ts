// A daemon whose surroundings fail: files that are damaged, disks that are full or cannot be written, a terminal and a reader that go away.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadOrCreateIdentity } from '../../src/identity/identity-file.ts'
import { Command, type Exit, Process, program } from './command.ts'

// Each test starts several processes, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-trouble-'))
})
afterEach(() => Command.endAll())
afterAll(() => rm(root, { recursive: true }))

const flags = ['--listen', 'tcp://127.0.0.1:0', '--mdns-enabled=false', '--api-listen', '127.0.0.1:0']
const runs = /^.*"the daemon runs".*\n/m

async function folder(name: string): Promise<string> {
  const dir = join(root, name)
  await mkdir(dir, { mode: 0o700 })
  return dir
}

const up = (dir: string): Command => new Command('up', '--dir', dir, ...flags)

/** Whether the system has a tool, and lets this user use it so. */
function can(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A mount that nobody sees but the process and who looks through its /proc. */
const mounts = ['--mount', '--map-root-user']
const canMount = can('unshare', ...mounts, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt')
if (!canMount)
  process.stderr.write('skipped: the tests of disks, since this user may not mount in a namespace of its own\n')
const canScript = can('script', '--version')
if (!canScript) process.stderr.write('skipped: the test of a lost terminal, since there is no `script`\n')

describe('files that are damaged stay as they are, and the message says what to do', () => {
  test.each([
    [
      'identity.pem',
      '-----BEGIN PRIVATE KEY-----\n',
      /identity\.pem cannot be used: .* Restore the file from a backup/,
    ],
    [
      'holdfast.db',
      'this is no database, though it is long enough for a header of one'.repeat(20),
      /holdfast\.db' is damaged/,
    ],
    ['api-token', 'short\n', /api-token cannot be used: it holds no token\. Remove the file/],
  ])('%s', async (file, text, message) => {
    const dir = await folder(`damaged-${file}`)
    await writeFile(join(dir, file), text, { mode: 0o600 })
    const { code, stderr } = await up(dir).finish()
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
    expect(await readFile(join(dir, file), 'utf8')).toBe(text)
  })
})

describe('a start that cannot succeed ends by itself', () => {
  test.runIf(process.platform === 'linux')('in a folder that cannot be made, such as one in /proc', async () => {
    const { code, stderr } = await up('/proc/holdfast').finish()
    expect(stderr).toBe(`holdfast: '/proc/holdfast' is in a file system that takes no folders; choose another folder\n`)
    expect(code).toBe(1)
  })

  test('or by the first SIGTERM, where a file never answers', async () => {
    const dir = await folder('hangs')
    // As on a network file system whose server has gone. Without a port of its own the daemon looks for the one that it had last.
    const hang = `
      import files from 'node:fs/promises'
      import { syncBuiltinESMExports } from 'node:module'
      const { open } = files
      files.open = (path, ...rest) => String(path).endsWith('api-port') ? new Promise(() => {}) : open(path, ...rest)
      syncBuiltinESMExports()`
    const url = `data:text/javascript,${encodeURIComponent(hang)}`
    const args = ['up', '--dir', dir, '--listen', 'tcp://127.0.0.1:0', '--mdns-enabled=false']
    const daemon = new Process(process.execPath, ['--import', url, program, ...args])
    await changes(dir, () => existsSync(join(dir, 'api-token')))
    daemon.kill('SIGTERM')
    expect(await daemon.exit).toMatchObject({ code: null })
  })
})

/** `holdfast up` on a file system of its own, mounted with these options after `before` was run in it. */
function upOn(dir: string, options: string, before: string): Process {
  const script = `mount -t tmpfs -o ${options} tmpfs "$1" && cd "$1" && ${before} && shift && exec "$@"`
  const args = ['--dir', dir, ...flags]
  return new Process('unshare', [...mounts, 'sh', '-c', script, 'sh', dir, process.execPath, program, 'up', ...args])
}

describe.runIf(canMount)('a disk', () => {
  test.each([
    ['that is full', 'size=64k,mode=700', 'head -c 1m /dev/zero > fill 2>/dev/null || true', /full|no space/i],
    ['that can only be read', 'ro,size=64k', 'true', /access was refused \(EROFS\)|read-only/],
  ])('%s ends the start with a sentence', async (_what, options, before, message) => {
    const { code, stderr } = await upOn(await folder(`disk-${options}`), options, before).finish()
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('mistake in Holdfast')
    expect(code).toBe(1)
  })

  test('that fills up under a daemon ends nothing: what cannot be kept is refused, and goes when there is room', async () => {
    const dir = await folder('fills')
    const daemon = upOn(dir, 'size=4m,mode=700', 'true')
    const { api } = JSON.parse((await daemon.prints(runs))[0]) as { api: string }
    const inside = join('/proc', String(daemon.pid), 'root', dir)
    const authorization = `Bearer ${(await readFile(join(inside, 'api-token'), 'utf8')).trim()}`
    const ask = async (method: string, path: string, body?: object): Promise<Response> => {
      const headers = { authorization, 'content-type': 'application/json' }
      return fetch(`${api}/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    }
    const pair = async (name: string): Promise<Exit> => {
      const { ticket } = (await (await ask('POST', '/tickets', {})).json()) as { ticket: string }
      return new Command('pair', ticket, '--dir', join(root, name), '--no-listen').finish()
    }
    const peers = async (): Promise<number> => {
      const { peers } = (await (await ask('GET', '/peers')).json()) as { peers: unknown[] }
      return peers.length
    }

    await writeFile(join(inside, 'fill'), Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined)
    expect((await pair('refused')).code).toBe(1)
    expect(await peers()).toBe(0)
    await rm(join(inside, 'fill'))
    expect(await pair('taken')).toMatchObject({ code: 0 })
    expect(await peers()).toBe(1)
    daemon.kill('SIGTERM')
    expect(await daemon.exit).toMatchObject({ code: 0 })
  })
})

test('a program that reads the log and ends does not end the daemon', async () => {
  const dir = await folder('reader')
  const daemon = up(dir)
  await daemon.prints(runs)
  daemon.output.destroy()
  for (let reload = 0; reload < 3; reload++) daemon.kill('SIGHUP')
  const { code, stdout } = await new Command('status', '--dir', dir, '--json').finish()
  expect([code, (JSON.parse(stdout.toString()) as { pid: number }).pid]).toEqual([0, daemon.pid])
  daemon.kill('SIGTERM')
  expect((await daemon.exit).code).toBe(0)
})

test.runIf(canScript)('a terminal that is closed stops the daemon that was started from it, in order', async () => {
  const dir = await folder('terminal')
  const { id } = await loadOrCreateIdentity(dir)
  const command = [process.execPath, program, 'up', '--dir', dir, ...flags].map((part) => `'${part}'`).join(' ')
  const terminal = new Process('script', ['-qefc', `exec ${command}`, '/dev/null'])
  await terminal.prints(/Ctrl-C stops it/)
  const screen = terminal.stdout.toString()
  expect(screen).toContain(id)
  expect(screen).toMatch(/dashboard .*http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}/)
  const gone = changes(dir, () => !existsSync(join(dir, 'lock.holder')))
  terminal.kill('SIGKILL')
  await gone
  expect(existsSync(join(dir, 'daemon.json'))).toBe(false)
})

/** Resolves when something in the folder has changed so that `done` holds. */
async function changes(dir: string, done: () => boolean): Promise<void> {
  const watcher = watch(dir)
  try {
    while (!done()) await once(watcher, 'change')
  } finally {
    watcher.close()
  }
}

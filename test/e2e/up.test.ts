// `holdfast up` in real processes: started, looked at, reloaded, stopped, and every way to get it wrong.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDaemon } from '../../src/daemon/daemon.ts'
import { serve } from '../../src/daemon/serve.ts'
import { holdFolder } from '../../src/store/folder.ts'
import { Command, type Exit } from './command.ts'

// Each test starts several processes, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-up-'))
})
afterEach(() => Command.endAll())
afterAll(() => rm(root, { recursive: true }))

const folder = (name: string): string => join(root, name)
const run = (...args: string[]): Promise<Exit> => new Command(...args).finish()
const loopback = ['--listen', 'tcp://127.0.0.1:0', '--mdns-enabled=false']

/** Resolves when the daemon says that it runs, with what it says. */
async function up(dir: string, ...args: string[]): Promise<{ daemon: Command; facts: Record<string, unknown> }> {
  const daemon = new Command('up', '--dir', dir, ...(args.includes('--listen') ? args : [...loopback, ...args]))
  const [line] = await daemon.prints(/^.*"the daemon runs".*\n/m)
  return { daemon, facts: JSON.parse(line) as Record<string, unknown> }
}

interface Value {
  readonly key: string
  readonly value: unknown
  readonly place: string
  readonly pending: string | null
}

/** Asks the API of the daemon, as another program would. */
async function ask(dir: string, method: 'GET' | 'POST', path: string): Promise<{ status: number; body: unknown }> {
  const { url } = JSON.parse(await readFile(join(dir, 'daemon.json'), 'utf8')) as { url: string }
  const authorization = `Bearer ${(await readFile(join(dir, 'api-token'), 'utf8')).trim()}`
  const response = await fetch(`${url}/api/v1${path}`, { method, headers: { authorization } })
  return { status: response.status, body: await response.json() }
}

/** What the daemon has in force, by key. */
async function inForce(dir: string): Promise<Record<string, Value>> {
  const { values } = (await ask(dir, 'GET', '/config')).body as { values: Value[] }
  return Object.fromEntries(values.map((value) => [value.key, value]))
}

describe('a daemon', () => {
  test('says that it runs, answers other commands, keeps its folder to itself, and stops in order', async () => {
    const dir = folder('order')
    const { daemon, facts } = await up(dir, '--api-listen', '127.0.0.1:0')
    expect(facts).toMatchObject({
      level: 'info',
      dir,
      listening: [expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/)],
    })
    expect(JSON.stringify(facts)).not.toContain('token')
    const [status, second] = await Promise.all([
      run('status', '--dir', dir, '--json'),
      run('up', '--dir', dir, ...loopback),
    ])
    expect(JSON.parse(status.stdout.toString())).toMatchObject({ id: facts['id'], pid: daemon.pid })
    expect(second).toMatchObject({ code: 1 })
    expect(second.stderr).toBe(
      `holdfast: The folder '${dir}' is in use by a daemon that runs already (pid ${daemon.pid}, ${String(facts['api'])}); use it (\`holdfast status\`), stop it with \`kill ${daemon.pid}\`, or choose another folder\n`,
    )
    daemon.kill('SIGTERM')
    expect(await daemon.exit).toMatchObject({ code: 0, stderr: '' })
    expect(daemon.stdout.toString()).toMatch(/"the daemon stops"\}\n$/)
    expect([existsSync(join(dir, 'daemon.json')), existsSync(join(dir, 'lock.holder'))]).toEqual([false, false])
  })

  test('that is starting is waited for by commands and by another daemon, and waits itself for a command that is done in a moment', async () => {
    const dir = folder('starting')
    const starting = await openDaemon({ node: { dir, listen: [] } })
    const commands = [run('status', '--dir', dir, '--json'), run('up', '--dir', dir, ...loopback)] as const
    const early = new Command('status', '--dir', dir)
    await early.says(/a daemon may be starting/)
    const served = await serve(starting, { port: 0 })
    const [status, second] = await Promise.all(commands)
    expect(JSON.parse(status.stdout.toString())).toMatchObject({ pid: process.pid })
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('a daemon that runs already') })
    expect(await early.finish()).toMatchObject({ code: 0 })
    await served.close()
    await starting.close()
    const hold = await holdFolder(dir)
    const daemon = new Command('up', '--dir', dir, ...loopback)
    await daemon.says(/a daemon may be starting/)
    hold.release()
    await daemon.prints(/"the daemon runs"/)
    daemon.kill('SIGTERM')
    expect(await daemon.exit).toMatchObject({ code: 0 })
  })

  test('reads its configuration again on SIGHUP and when it is told, and keeps the old one if the new one is wrong', async () => {
    const dir = folder('reload')
    const file = join(root, 'reload.toml')
    const write = (text: string): Promise<void> => writeFile(file, text)
    await write('peersMax = 5\n')
    const { daemon } = await up(dir, '--config', file, '--api-listen', '127.0.0.1:0')
    expect((await inForce(dir))['peersMax']).toMatchObject({ value: 5, place: `${file}:1:1`, pending: null })

    await write('# moved\npeersMax = 6\nretentionS = 7\n')
    expect(await inForce(dir)).toMatchObject({
      peersMax: { value: 5, pending: 'reload' },
      retentionS: { value: 3600, pending: 'restart' },
    })
    daemon.kill('SIGHUP')
    await daemon.prints(/the configuration was reloaded: peersMax changed; retentionS: at the next start/)
    expect((await inForce(dir))['peersMax']).toMatchObject({ value: 6, place: `${file}:2:1`, pending: null })

    await write('peersMax = "many"\n')
    const wrong = `${file}:1:1: peersMax must be a whole number from 1 to 1000000, not "many"`
    expect(await ask(dir, 'POST', '/config/reload')).toMatchObject({
      status: 422,
      body: { code: 'config-invalid', detail: wrong },
    })
    await daemon.prints(/the configuration was not reloaded, and stays as it was/)
    const shown = await run('config', '--dir', dir)
    expect(shown.stderr).toContain(`By now its configuration is wrong, and would not be taken:\n${wrong}`)
    expect(shown.stdout.toString()).toMatch(/^peersMax +6 +/m)

    await write('logLevel = "error"\n')
    expect(await run('config', '--reload', '--dir', dir)).toMatchObject({
      code: 0,
      stdout: Buffer.from('In force now: peersMax, logLevel\n'),
    })
  })
})

describe('what is in the way is said', () => {
  test('a configuration that is wrong, with its line, before anything is opened', async () => {
    const file = join(root, 'wrong.toml')
    await writeFile(file, '\nlisen = ["tcp://127.0.0.1:0"]\n')
    expect(await run('up', '--dir', folder('wrong'), '--config', file)).toMatchObject({
      code: 2,
      stderr: `holdfast: ${file}:2:1: There is no setting "lisen"; did you mean listen?\n`,
    })
    expect(existsSync(folder('wrong'))).toBe(false)
  })

  test('ports that are taken, by whom they were chosen', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const [node, api] = await Promise.all([
      run('up', '--dir', folder('port'), '--listen', `tcp://127.0.0.1:${port}`),
      run('up', '--dir', folder('api-port'), ...loopback, '--api-listen', `127.0.0.1:${port}`),
    ])
    other.close()
    expect(node).toMatchObject({ code: 1, stderr: expect.stringContaining(`tcp://127.0.0.1:${port}`) })
    expect(api).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`127.0.0.1:${port} (another program uses that port)`),
    })
  })
})

// The command line beside two running daemons: paired, seen, pinged, paused, resumed, renamed, examined and unpaired.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Command, type Exit } from './command.ts'
import { hasTerminals, Terminal } from './terminal.ts'

// Starting a process takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let root: string
let config: string
let alice: string
let bob: string
let bobsDaemon: Command

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-daemon-'))
  ;[alice, bob, config] = [join(root, 'alice'), join(root, 'bob'), join(root, 'config.toml')]
  // What the person who runs the tests has configured plays no part, nor does the network that this machine is in.
  await writeFile(config, 'listen = ["tcp://127.0.0.1:0"]\napiListen = "127.0.0.1:0"\nmdnsEnabled = false\n')
  const daemons = await Promise.all([up(alice, 'alice'), up(bob, 'bob')])
  bobsDaemon = daemons[1]
})
afterAll(async () => {
  await Command.endAll()
  await rm(root, { recursive: true })
})

async function up(dir: string, name: string): Promise<Command> {
  const daemon = new Command('up', '--dir', dir, '--name', name, '--config', config)
  await daemon.prints(/the daemon runs/)
  return daemon
}

const run = (dir: string, ...args: string[]): Promise<Exit> => new Command(...args, '--dir', dir).finish()
const text = ({ stdout }: Exit): string => stdout.toString()
const lines = (exit: Exit): unknown[] =>
  text(exit)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('beside two daemons', () => {
  test('a ticket pairs them', async () => {
    const ticket = new Command('ticket', '--dir', alice)
    const [line] = await ticket.prints(/^hfticket1\S+\n/)
    const pair = await run(bob, 'pair', line.trimEnd())
    expect(pair).toMatchObject({ code: 0, stdout: expect.anything() })
    expect(text(pair)).toMatch(/^Paired with alice, hf1\w+\n$/)
    expect(await ticket.exit).toMatchObject({ code: 0, stderr: expect.stringContaining('Paired with bob, hf1') })
  })

  test('status and peers say how it stands, for people and for scripts', async () => {
    const status = text(await run(alice, 'status'))
    expect(status).toMatch(/^alice · hf1\w{8}… · up .* · Holdfast /)
    expect(status).toContain('1 of 1 peer connected')
    expect(status).toMatch(/^● bob {3}connected for /m)
    const [seen] = lines(await run(bob, 'status', '--json')) as [{ peers: { name: string }[] }]
    expect(seen.peers).toMatchObject([{ name: 'alice', state: { kind: 'connected' } }])
    expect(lines(await run(alice, 'peers', '--json'))).toMatchObject([{ name: 'bob', state: 'connected' }])
  })

  test('ping measures through the session', async () => {
    const ping = text(await run(alice, 'ping', 'bob', '-c', '2', '-i', '0.01'))
    expect(ping).toMatch(/^answer from bob: seq=2 time=[\d.]+ ms over tcp:/m)
    expect(ping).toMatch(/^2 sent, 2 received, 0% lost/m)
    expect(ping).toMatch(/^rtt min\/avg\/max\/mdev = [\d./]+ ms, jitter [\d.]+ ms$/m)
    expect(await run(alice, 'ping', 'carol', '-c', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No paired peer is called 'carol'"),
    })
  })

  test('doctor finds nothing in the way', async () => {
    const doctor = await run(alice, 'doctor', 'bob')
    expect(doctor).toMatchObject({ code: 0 })
    expect(text(doctor)).toMatch(/✓ running +the daemon \(pid \d+/)
    expect(text(doctor)).toMatch(/✓ connection +connected for /)
  })

  test('what is decided holds, and is told by events', async () => {
    const events = new Command('events', '--follow', '--json', '--dir', alice)
    expect(text(await run(alice, 'rename', 'bob', 'kitchen'))).toBe('bob is now called kitchen\n')
    expect(text(await run(alice, 'pause', 'kitchen'))).toContain('kitchen is paused')
    const pinged = await run(alice, 'ping', 'kitchen', '-c', '1', '-W', '2')
    expect(pinged).toMatchObject({ code: 1, stderr: expect.stringContaining('holdfast doctor') })
    expect(await run(bob, 'doctor', 'alice')).toMatchObject({
      code: 1,
      stderr: expect.not.stringContaining('holdfast:'),
    })
    expect(text(await run(alice, 'resume', 'kitchen'))).toContain('kitchen is no longer paused')
    await events.prints(/"type":"peer:renamed"/)
    await events.prints(/"type":"peer:renamed"[^]*"type":"peer:connected"/)
    events.kill('SIGINT')
    expect(await events.exit).toMatchObject({ code: 130 })
    const told = text(await run(alice, 'events', 'kitchen'))
    expect(told).toMatch(/^\d\d:\d\d:\d\d {2}lost kitchen after .*: a person paused the peer/m)
    expect(await run(alice, 'reconnect', 'kitchen')).toMatchObject({ code: 0 })
  })

  test('what belongs to the daemon alone is refused, or says where it is', async () => {
    expect(await run(alice, 'ticket', '--listen', 'tcp://127.0.0.1:0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--listen'),
    })
    const token = (await readFile(join(alice, 'api-token'), 'utf8')).trim()
    expect(text(await run(alice, 'dashboard'))).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/#token=${token}\\n$`))
  })

  test('a pipe goes through the daemons, and is refused where nobody waits', async () => {
    const refused = await run(bob, 'pipe', 'alice')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('does not wait for a pipe') })
    const accepting = new Command('pipe', '--accept', '--dir', alice)
    await accepting.says(/Waiting for a peer/)
    const opening = new Command('pipe', 'alice', '--dir', bob)
    await accepting.says(/Connected to kitchen/)
    const bytes = randomBytes(3_000_000)
    const [there, here] = await Promise.all([accepting.finish('and back'), opening.finish(bytes)])
    expect(here).toMatchObject({ code: 0, stderr: expect.stringContaining('everything has arrived') })
    expect(there.code).toBe(0)
    expect(there.stdout.equals(bytes)).toBe(true)
    expect(text(here)).toBe('and back')
  })

  test('status --watch goes on while the other side goes and comes', async () => {
    const watch = new Command('status', '--watch', '--json', '--dir', alice)
    await watch.prints(/"kind":"connected"/)
    bobsDaemon.kill('SIGKILL')
    await bobsDaemon.exit
    await watch.prints(/"kind":"(disconnected|connecting)"/)
    // What a process leaves behind that was killed is no daemon.
    expect(await run(bob, 'reconnect', 'alice')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No daemon runs'),
    })
    await up(bob, 'bob')
    await watch.prints(/"kind":"(disconnected|connecting)"[^]*"kind":"connected"/)
    watch.kill('SIGINT')
    expect(await watch.exit).toMatchObject({ code: 130 })
  })

  test.skipIf(!hasTerminals).each([
    { columns: 40, rows: 10 },
    { columns: 80, rows: 24 },
  ])('status --watch fits a terminal of %o, and leaves it as it was', async (size) => {
    const terminal = new Terminal(size, 'status', '--watch', '--dir', alice)
    await terminal.shows(/connected for [^]*connected for /)
    terminal.type('\u0003')
    expect(await terminal.exit).toBe(130)
    const { output } = terminal
    expect(output).toContain('\u001b[?1049h')
    expect(output.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true)
    // The terminal shows the typed Ctrl-C itself, wherever it comes, and makes an end of line of its own of each line feed.
    const written = output.replaceAll('^C', '').replaceAll(/\r+\n/g, '\r\n')
    // oxlint-disable-next-line no-control-regex
    const lines = written.split(/\r\n|\u001b\[H/).map((line) => line.replaceAll(/\u001b\[[?\d;]*[A-Za-z]/g, ''))
    expect(lines.filter((line) => line.length > size.columns)).toEqual([])
  })

  test.skipIf(!hasTerminals)('a ticket is shown as a QR code where there is room', async () => {
    const wide = new Terminal({ columns: 100, rows: 60 }, 'ticket', '--dir', alice)
    await wide.shows(/▀[^]*Waiting to be paired/)
    wide.type('\u0003')
    expect(await wide.exit).toBe(130)
    const narrow = new Terminal({ columns: 40, rows: 20 }, 'ticket', '--no-wait', '--dir', alice)
    await narrow.shows(/too narrow/)
    expect(await narrow.exit).toBe(0)
    expect(narrow.output).not.toContain('▀')
  })

  test('unpair asks, and ends it on both sides', async () => {
    expect(await run(alice, 'unpair', 'kitchen')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(text(await run(alice, 'unpair', 'kitchen', '--yes'))).toBe('The pairing with kitchen has ended\n')
    expect(text(await run(alice, 'peers', '--json'))).toBe('')
    const [seen] = lines(await run(bob, 'peers', '--json')) as [{ state: string }]
    expect(seen.state).toBe('blocked')
  })
})

// The command line in real processes: identity, pairing, the list of peers, and every way to get it wrong.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parsePeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { Command, type Exit, Process, program } from './command.ts'

// Starting a process takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
})
afterEach(() => Command.endAll())
afterAll(() => rm(root, { recursive: true }))

const folder = (name: string): string => join(root, name)
const run = (...args: string[]): Promise<Exit> => new Command(...args).finish()
const text = ({ stdout }: Exit): string => stdout.toString()
const json = (text: string): unknown => JSON.parse(text)

/** No file is left that was being written, and nobody seems to hold the folder. */
async function expectTidy(dir: string): Promise<void> {
  const files = await readdir(dir)
  // The database's -wal and -shm files belong to it, and stay when the last to close it could only read.
  const strays = files.filter((file) => !/^(identity\.pem|lock|(holdfast|chat)\.db(-wal|-shm)?)$/.test(file))
  expect(strays).toEqual([])
}

describe('id', () => {
  test('prints the same id each time, and as JSON', async () => {
    const dir = folder('id')
    const first = await run('id', '--dir', dir)
    expect(first).toMatchObject({ code: 0, stderr: `Made a new identity in ${dir}\n` })
    expect(parsePeerId(text(first))).toBe(text(first).trimEnd())
    const second = await run('id', '--dir', dir, '--json')
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(json(text(second))).toEqual({ id: text(first).trimEnd(), dir })
  })
})

describe('standard error with --json', () => {
  test('has no hint and no warning; the warning is part of the result', async () => {
    const args = ['HOLDFAST_NONSENSE=1', process.execPath, program, 'config', '--dir', folder('quiet')]
    const people = await new Process('env', args).exit
    expect(people.stderr).toMatch(/HOLDFAST_NONSENSE is no setting.*\nNo daemon runs on/)
    const script = await new Process('env', [...args, '--json']).exit
    expect(script.stderr).toBe('')
    expect(json(text(script))).toMatchObject({
      running: false,
      warnings: [expect.stringContaining('HOLDFAST_NONSENSE is no setting')],
    })
  })

  test('has an error as one object and nothing beside it', async () => {
    const exit = await run('pair', 'hfticket1', '--dir', folder('quiet'), '--json')
    expect(exit.code).not.toBe(0)
    expect(json(exit.stderr)).toMatchObject({ error: { code: 'invalid-ticket' } })
  })
})

describe('ticket and pair', () => {
  test('pair two nodes, and both list the other', async () => {
    const [alice, bob] = [folder('alice'), folder('bob')]
    const ticket = new Command('ticket', '--dir', alice, '--name', 'alice', '--listen', 'tcp://127.0.0.1:0')
    const [line] = await ticket.prints(/^hfticket1\S+\n/)
    // Neither the id nor the list needs the folder that the other process holds.
    const id = text(await run('id', '--dir', alice)).trimEnd()
    expect(await run('peers', '--dir', alice)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^No peer is paired yet/),
    })

    const pair = await run('pair', line.trimEnd(), '--dir', bob, '--name', 'bob', '--no-listen')
    expect(pair.code).toBe(0)
    expect(text(pair)).toBe(`Paired with alice, ${id}\n`)
    const issued = await ticket.exit
    expect(issued.code).toBe(0)
    expect(text(issued)).toBe(line)
    const bobId = text(await run('id', '--dir', bob)).trimEnd()
    expect(issued.stderr).toContain(`Paired with bob, ${bobId}\n`)

    const table = text(await run('peers', '--dir', bob)).split('\n')
    expect(table[0]).toMatch(/^NAME +ID +PAIRED +LAST SEEN +ADDRESSES$/)
    expect(table[1]).toMatch(/^alice +hf1\w{8} +\d{4}-\d\d-\d\d +just now +tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(text(await run('peers', '--dir', bob, '--long'))).toContain(id)
    expect(json(text(await run('peers', '--dir', alice, '--json')))).toMatchObject({
      id: bobId,
      name: 'bob',
      lastSeen: expect.any(String),
    })
    await expectTidy(alice)
    await expectTidy(bob)
  })

  test('print JSON lines', async () => {
    const [carol, dave] = [folder('carol'), folder('dave')]
    const ticket = new Command('ticket', '--dir', carol, '--name', 'carol', '--listen', 'tcp://127.0.0.1:0', '--json')
    const [line] = await ticket.prints(/^.*\n/)
    const { ticket: ticketText, expiresAt } = json(line) as Record<string, string>
    expect(Date.parse(expiresAt ?? '') - Date.now()).toBeGreaterThan(290_000)
    const pair = await run('pair', ticketText ?? '', '--dir', dave, '--name', 'dave', '--json')
    expect(pair).toMatchObject({ code: 0, stderr: '' })
    expect(json(text(pair))).toEqual({ paired: { id: expect.stringMatching(/^hf1/), name: 'carol' } })
    const lines = text(await ticket.exit)
      .trimEnd()
      .split('\n')
    expect(json(lines[1] ?? '')).toEqual({ paired: { id: expect.stringMatching(/^hf1/), name: 'dave' } })
  })

  test('a ticket from standard input, of a program that goes on', async () => {
    const ticket = new Command('ticket', '--dir', folder('erin'), '--listen', 'tcp://127.0.0.1:0')
    const [line] = await ticket.prints(/^hfticket1\S+\n/)
    const pair = new Command('pair', '-', '--dir', folder('frank'))
    pair.input.write(line)
    expect(await pair.exit).toMatchObject({ code: 0 })
    expect(await ticket.exit).toMatchObject({ code: 0 })
  })

  test('a ticket that nobody uses ends with an error, and cannot be used afterwards', async () => {
    const late = folder('late')
    // The issuer alone decides whether a ticket is too old, so it has to be there.
    const issuer = new Command('up', '--dir', late, '--listen', 'tcp://127.0.0.1:0', '--mdns-enabled=false')
    await issuer.prints(/"the daemon runs"/)
    const ticket = new Command('ticket', '--dir', late, '--expires', '1s')
    const expired = await ticket.exit
    expect(expired).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holdfast: Nobody used the ticket in time'),
    })
    const pair = await run('pair', text(expired).trimEnd(), '--dir', folder('later'))
    expect(pair).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the ticket has expired; ask for a new one'),
    })
    issuer.kill('SIGTERM')
    expect(await issuer.exit).toMatchObject({ code: 0 })
  })

  test('Ctrl-C ends the wait', async () => {
    const dir = folder('interrupted')
    const ticket = new Command('ticket', '--dir', dir)
    await ticket.says(/Ctrl-C/)
    ticket.kill('SIGINT')
    const { code, stderr } = await ticket.exit
    expect(code).toBe(130)
    expect(stderr.split('\n').at(-2)).toMatch(/Ctrl-C ends it\.$/)
    await expectTidy(dir)
  })
})

describe('errors', () => {
  test('a folder that another process holds', async () => {
    const dir = folder('held')
    const holder = new Command('ticket', '--dir', dir)
    await holder.prints(/\n/)
    const second = await run('ticket', '--dir', dir, '--json')
    expect(second).toMatchObject({ code: 1, stdout: Buffer.alloc(0) })
    const { error } = json(second.stderr) as { error: { code: string; message: string } }
    expect(error.code).toBe('folder-in-use')
    expect(error.message).toContain(dir)
  })

  test('text that is no ticket', async () => {
    const pair = await run('pair', 'hfticket1qqqq', '--dir', folder('bad'))
    expect(pair).toMatchObject({ code: 1, stderr: expect.stringMatching(/^holdfast: This ticket has a typing error/) })
    expect(await readdir(root)).not.toContain('bad')
  })

  test('a peer that is not there, or that is not the only one', async () => {
    const dir = folder('crowd')
    const none = await run('pipe', 'bob', '--dir', dir)
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^holdfast: No peer is paired .*holdfast pair/),
    })
    await run('id', '--dir', dir)
    const store = openSqliteStore(dir)
    for (const end of [1, 2]) {
      const id = peerIdFromPublicKey(Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? end : 0)))
      store.savePeer({
        id,
        name: 'bob',
        pairedAtMs: end,
        addresses: [],
        instanceStart: 0,
        lastSeenMs: undefined,
        keys: undefined,
        ...defaultChoices,
      })
    }
    store.close()
    const unknown = await run('pipe', 'carol', '--dir', dir)
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("No paired peer is called 'carol'") })
    for (const name of ['bob', 'hf1qqqq']) {
      const ambiguous = await run('pipe', name, '--dir', dir)
      expect(ambiguous).toMatchObject({ code: 1, stderr: expect.stringMatching(/fits 2 peers: bob \(hf1q{8}…\), bob/) })
    }
    const head = await run('peers', '--dir', dir)
    expect(text(head).split('\n')).toHaveLength(4)
  })

  test.each([
    [['pair', 'bob', '--wait'], 'Either wait for a node with --wait, or name one'],
    [['ping'], "Missing required argument 'peer'"],
    [['ping', 'bob', '-c', '0'], 'Give a whole number from 1'],
    [['pips'], "Unknown command 'pips'; did you mean pipe?"],
    [['id', '--jsn'], "Unknown option '--jsn'; did you mean --json?"],
    [['ticket', '--expires', 'soon'], 'Write a time from 1 s to 1 d'],
    [['ticket', '--listen', 'nowhere'], '--listen: listen is wrong: "nowhere" is not an address'],
    [['pipe'], 'Name the peer to open the pipe to'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^holdfast: .*\n$/)
    expect(stderr).toContain(message)
  })

  test('a reader that has seen enough is none', async () => {
    const id = new Command('id', '--dir', folder('id'))
    id.output.destroy()
    expect(await id.exit).toMatchObject({ code: 0, stderr: '' })
  })

  test('help and version are none', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stderr: '' })
    const help = await run('pipe', '--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(text(help)).toContain('Examples:')
  })
})

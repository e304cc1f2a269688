// What `holdfast pipe` promises beside two daemons: exit code 0 means delivered, both sides agree, and nothing hangs.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Command, type Exit, Process, program } from './command.ts'
import { DelayingProxy } from './delaying-proxy.ts'
import { hasTerminals, Terminal } from './terminal.ts'

/** From when a failure can be known, both sides end within this time. */
const noticeTimeoutMs = 5_000

const proxy = new DelayingProxy(25)
let root: string
let alice: string
let bob: string
let aliceConfig: string
let bobConfig: string
const daemons = new Map<string, Command>()

/** Bob reaches Alice through the proxy alone, and she cannot reach him. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-delivery-'))
  ;[alice, bob] = [join(root, 'alice'), join(root, 'bob')]
  ;[aliceConfig, bobConfig] = [join(root, 'alice.toml'), join(root, 'bob.toml')]
  const common = 'apiListen = "127.0.0.1:0"\nmdnsEnabled = false\n'
  await writeFile(aliceConfig, `${common}listen = ["tcp://127.0.0.1:0"]\nadvertise = ["${await proxy.listen()}"]\n`)
  await writeFile(bobConfig, `${common}listen = []\n`)
  await up(alice)
  await up(bob)
  await pair()
  await endDaemons()
})
afterAll(async () => {
  proxy.close()
  await rm(root, { recursive: true })
})

beforeEach(async () => {
  await Promise.all([up(alice), up(bob)])
})
afterEach(async () => {
  await endDaemons()
  await Command.endAll()
})

async function up(dir: string): Promise<void> {
  const [name, config] = dir === alice ? ['alice', aliceConfig] : ['bob', bobConfig]
  const daemon = new Command('up', '--dir', dir, '--name', name, '--config', config)
  daemons.set(dir, daemon)
  const [, port] = await daemon.prints(/"listening":\["tcp:\/\/127\.0\.0\.1:(\d+)"\]|"listening":\[\].*the daemon runs/)
  if (port !== undefined) proxy.leadTo(Number(port))
}

async function endDaemons(): Promise<void> {
  await Promise.all([alice, bob].map((dir) => endDaemon(dir, 'SIGTERM')))
}

async function endDaemon(dir: string, signal: NodeJS.Signals): Promise<void> {
  const daemon = daemons.get(dir)
  daemon?.kill(signal)
  await daemon?.exit
}

async function pair(): Promise<void> {
  const ticket = new Command('ticket', '--dir', alice)
  const [line] = await ticket.prints(/^hfticket1\S+\n/)
  expect(await new Command('pair', line.trimEnd(), '--dir', bob).finish()).toMatchObject({ code: 0 })
  await ticket.exit
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const open = (): Command => new Command('pipe', 'alice', '--dir', bob)

async function accept(): Promise<Command> {
  const accepting = new Command('pipe', '--accept', 'bob', '--dir', alice)
  await accepting.says(/Waiting for bob to open the pipe/)
  return accepting
}

/** Two commands with a pipe between them, over which "before" has passed. */
async function connected(): Promise<{ accepting: Command; opening: Command }> {
  const accepting = await accept()
  const opening = open()
  opening.input.write('before')
  await accepting.prints(/before/)
  return { accepting, opening }
}

/** Fails where a command does not end in time. */
async function soon(...commands: readonly Process[]): Promise<Exit[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('A command hangs')), noticeTimeoutMs)
  })
  try {
    return await Promise.race([Promise.all(commands.map(({ exit }) => exit)), late])
  } finally {
    clearTimeout(timer)
  }
}

function expectBothFailed(exits: readonly Exit[], ...reasons: readonly RegExp[]): void {
  expect(exits.map(({ code }) => code)).toEqual(exits.map(() => 1))
  for (const [at, reason] of reasons.entries()) expect(exits[at]?.stderr).toMatch(reason)
  for (const { stderr } of exits) expect(stderr).not.toContain('everything has arrived')
}

describe('everything has arrived on both sides with exit code 0', () => {
  test('with standard output into a pipe, and nothing as standard input of the accepting side', async () => {
    const bytes = randomBytes(40e6)
    const command = `'${process.execPath}' '${program}' pipe --accept bob --dir '${alice}' </dev/null | sha256sum`
    const accepting = new Process('sh', ['-c', command])
    await accepting.says(/Waiting for bob/)
    const sender = await open().finish(bytes)
    expect(sender).toMatchObject({ code: 0, stderr: expect.stringContaining('everything has arrived') })
    expect((await accepting.exit).stdout.toString()).toBe(`${hash(bytes)}  -\n`)
  })

  test('when the input comes late, over a delay of 25 ms each way', async () => {
    for (const size of [1, 100_000, 1_000_000]) {
      const accepting = await accept()
      const opening = open()
      accepting.input.end()
      // The other direction has ended by then.
      await once(opening.output, 'end')
      const bytes = randomBytes(size)
      const exits = await Promise.all([opening.finish(bytes), accepting.exit])
      expect(exits).toMatchObject([{ code: 0 }, { code: 0 }])
      expect(hash(exits[1].stdout)).toBe(hash(bytes))
    }
  })

  test('where neither side sends anything', async () => {
    const accepting = await accept()
    const exits = await Promise.all([open().finish(), accepting.finish()])
    expect(exits).toMatchObject([{ code: 0 }, { code: 0 }])
  })

  test('from and to a file', async () => {
    const [from, to] = [join(root, 'from'), join(root, 'to')]
    const bytes = randomBytes(5e6)
    await writeFile(from, bytes)
    const run = (line: string): Process => new Process('sh', ['-c', `exec '${process.execPath}' '${program}' ${line}`])
    const accepting = run(`pipe --accept --dir '${alice}' </dev/null >'${to}'`)
    await accepting.says(/Waiting for a peer/)
    const opening = run(`pipe alice --dir '${bob}' <'${from}'`)
    expect(await Promise.all([accepting.exit, opening.exit])).toMatchObject([{ code: 0 }, { code: 0 }])
    expect((await new Process('sha256sum', [to]).exit).stdout.toString()).toContain(hash(bytes))
  })

  test.skipIf(!hasTerminals)('when an open terminal is the input of the side that only receives', async () => {
    const terminal = new Terminal({ columns: 80, rows: 24 }, 'pipe', '--accept', 'bob', '--dir', alice)
    await terminal.shows(/Waiting for bob/)
    const opening = open()
    expect(await opening.finish('hello')).toMatchObject({ code: 0 })
    expect(await terminal.exit).toBe(0)
    expect(terminal.output).toContain('hello')
  })
})

describe('a command that is killed is no end of its data', () => {
  test('the sending one, while its input is idle', async () => {
    const { accepting, opening } = await connected()
    opening.kill('SIGKILL')
    expectBothFailed(await soon(accepting), /bob ended the pipe before it was complete/)
  })

  test('the accepting one, and the sender notices before its input goes on', async () => {
    const { accepting, opening } = await connected()
    accepting.kill('SIGKILL')
    expectBothFailed(await soon(opening), /alice ended the pipe before it was complete/)
  })

  test('the accepting one, just before the last bytes and the end of the input', async () => {
    const { accepting, opening } = await connected()
    accepting.kill('SIGKILL')
    opening.input.end('the last bytes')
    expectBothFailed(await soon(opening))
  })

  test('by a signal that it can answer: it exits as that signal says, and the other side with 1', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const { accepting, opening } = await connected()
      accepting.kill(signal)
      const [ended, other] = await soon(accepting, opening)
      expect(ended?.code).toBe(code)
      expectBothFailed([other!], /alice ended the pipe before it was complete/)
    }
  })

  test('while the program that reads the other side’s output takes nothing', async () => {
    const accepting = await accept()
    accepting.output.pause()
    const opening = open()
    opening.input.write(randomBytes(4e6))
    await accepting.says(/Connected to bob/)
    opening.kill('SIGKILL')
    accepting.output.resume()
    expectBothFailed(await soon(accepting), /bob ended the pipe before it was complete/)
  })
})

describe('an output that fails ends both sides with the reason', () => {
  test('a program that stops reading', async () => {
    const { accepting, opening } = await connected()
    accepting.output.destroy()
    opening.input.write(randomBytes(1e6))
    expectBothFailed(
      await soon(accepting, opening),
      /The program that reads standard output has ended before everything from bob was written/,
      /The program that reads the pipe on alice has ended, so not everything arrived/,
    )
  })

  test('a full disk', async () => {
    const line = `exec '${process.execPath}' '${program}' pipe --accept bob --dir '${alice}' >/dev/full`
    const accepting = new Process('sh', ['-c', line])
    await accepting.says(/Waiting for bob/)
    const opening = open()
    opening.input.write('more than fits')
    expectBothFailed(
      await soon(accepting, opening),
      /Standard output failed \(ENOSPC: /,
      /The disk is full on alice, so not everything was written there/,
    )
  })

  test('an input that cannot be read', async () => {
    const accepting = await accept()
    const line = `exec '${process.execPath}' '${program}' pipe alice --dir '${bob}' <'${root}'`
    const opening = new Process('sh', ['-c', line])
    expectBothFailed(await soon(opening), /Standard input failed \(EISDIR: /)
    expectBothFailed(await soon(accepting), /Standard input failed on bob/)
  })
})

describe('a daemon that ends is no end of the data', () => {
  test('the own one, while the input is idle', async () => {
    const { accepting, opening } = await connected()
    await endDaemon(bob, 'SIGKILL')
    expectBothFailed(await soon(opening), /The daemon of this node has ended, and the pipe with it/)
    await up(bob)
    expectBothFailed(await soon(accepting))
  })

  test('the peer’s, which is started again, while the input is idle', async () => {
    const { accepting, opening } = await connected()
    await endDaemon(alice, 'SIGKILL')
    expectBothFailed(await soon(accepting), /The daemon of this node has ended, and the pipe with it/)
    await up(alice)
    expectBothFailed(await soon(opening), /Holdfast was started again on alice/)
  })

  test('one that is stopped in order', async () => {
    const { accepting, opening } = await connected()
    await endDaemon(alice, 'SIGTERM')
    expectBothFailed(await soon(accepting, opening), /The daemon of this node has ended/)
  })

  test('and another pipe through the one that follows it does not stand for the first', async () => {
    const first = await connected()
    await endDaemon(bob, 'SIGKILL')
    await up(bob)
    const second = await accept()
    const exits = await Promise.all([open().finish('second'), second.finish()])
    expect(exits).toMatchObject([{ code: 0 }, { code: 0 }])
    first.opening.input.end('after')
    expectBothFailed(await soon(first.opening, first.accepting))
  })
})

test('a command that waits for a pipe ends when its daemon does', async () => {
  const accepting = await accept()
  await endDaemon(alice, 'SIGKILL')
  expectBothFailed(await soon(accepting), /The daemon of this node has ended/)
})

test('an input that is idle keeps the pipe open for an answer', async () => {
  const accepting = await accept()
  const opening = open()
  opening.input.end('question')
  await once(accepting.output, 'end')
  accepting.input.end('answer')
  expect(await Promise.all([opening.exit, accepting.exit])).toMatchObject([
    { code: 0, stdout: Buffer.from('answer') },
    { code: 0, stdout: Buffer.from('question') },
  ])
})

// The last one, since nothing pairs them again.
test('both sides of a pipe end when the peers are unpaired', async () => {
  const { accepting, opening } = await connected()
  expect(await new Command('unpair', 'alice', '--yes', '--dir', bob).finish()).toMatchObject({ code: 0 })
  expectBothFailed(await soon(accepting, opening))
})

// `holdfast pipe` between real processes, through a proxy that kills their connections.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readStore } from '../../src/store/sqlite.ts'
import { Command, type Exit } from './command.ts'
import { KillingProxy } from './killing-proxy.ts'

const proxy = new KillingProxy()
let address: string
let root: string
let alice: string
let bob: string
let carol: string

/** Bob and Carol reach Alice through the proxy alone, and she cannot reach them. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-pipe-'))
  ;[alice, bob, carol] = [join(root, 'alice'), join(root, 'bob'), join(root, 'carol')]
  address = await proxy.listen()
  for (const [dir, name] of [
    [bob, 'bob'],
    [carol, 'carol'],
  ] as const) {
    const ticket = new Command('ticket', '--dir', alice, '--name', 'alice', '--advertise', address)
    const [line] = await ticket.prints(/^hfticket1\S+\n/)
    proxy.leadTo(Number(readStore(alice)?.setting('listen-port')))
    const paired = await new Command('pair', line.trimEnd(), '--dir', dir, '--name', name, '--no-listen').exit
    expect(paired.stderr + paired.code).toMatch(/^Looking for .*\n0$/)
    expect(await ticket.exit).toMatchObject({ code: 0 })
  }
})
afterEach(() => Command.endAll())
afterAll(async () => {
  proxy.close()
  await rm(root, { recursive: true })
})

/** Alice waits for a pipe. Resolves when she does. */
async function accept(...args: string[]): Promise<Command> {
  const command = new Command('pipe', '--accept', '--dir', alice, '--advertise', address, ...args)
  if (args.includes('--quiet')) return command
  await command.says(/Waiting for .* to open the pipe/)
  return command
}

const open = (dir: string, ...args: string[]): Command =>
  new Command('pipe', 'alice', '--dir', dir, '--no-listen', ...args)
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Both write 20 MB at the same time, and each receives what the other has written. */
async function exchange(): Promise<{ atAlice: Exit; atBob: Exit }> {
  const [toAlice, toBob] = [randomBytes(20e6), randomBytes(20e6)]
  const accepting = await accept('bob')
  const opening = open(bob)
  const [atAlice, atBob] = await Promise.all([accepting.finish(toBob), opening.finish(toAlice)])
  expect(atAlice.stderr).toMatch(/\nholdfast: The pipe with bob has ended; everything has arrived\n$/)
  expect(atBob.stderr).toMatch(/\nholdfast: The pipe with alice has ended; everything has arrived\n$/)
  expect([atAlice.code, atBob.code]).toEqual([0, 0])
  expect(hash(atAlice.stdout)).toBe(hash(toAlice))
  expect(hash(atBob.stdout)).toBe(hash(toBob))
  return { atAlice, atBob }
}

test('a pipe carries both directions', async () => {
  const { atBob } = await exchange()
  expect(atBob.stderr.split('\n')).toEqual([
    'holdfast: Waiting for alice',
    'holdfast: Connected to alice',
    expect.stringContaining('has ended'),
    '',
  ])
})

test('a pipe survives its connections being killed', async () => {
  proxy.killAfter(6e6, 3)
  const { atBob } = await exchange()
  expect(proxy.killsLeft).toBe(0)
  expect(atBob.stderr.match(/Lost the connection to alice .*\nholdfast: Connected to alice again after/g)).toHaveLength(
    3,
  )
})

test('with --quiet it says nothing', async () => {
  const accepting = await accept('--quiet')
  const opening = open(bob, '--quiet')
  const exits = await Promise.all([accepting.finish('to bob'), opening.finish('to alice')])
  expect(exits).toMatchObject([
    { code: 0, stderr: '', stdout: Buffer.from('to alice') },
    { code: 0, stderr: '', stdout: Buffer.from('to bob') },
  ])
})

test('each direction ends by itself, so a program can answer what it has read to the end', async () => {
  const accepting = await accept()
  const opening = open(bob)
  opening.input.end('question')
  await once(accepting.output, 'end')
  expect(accepting.stdout.toString()).toBe('question')
  accepting.input.end('answer')
  expect(await opening.exit).toMatchObject({ code: 0, stdout: Buffer.from('answer') })
  expect(await accepting.exit).toMatchObject({ code: 0 })
})

test('a second pipe is refused while there is one, and so is a peer that is not expected', async () => {
  const accepting = await accept()
  const opening = open(bob)
  opening.input.write('first')
  await accepting.prints(/first/)
  const second = await open(carol).finish()
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('holdfast: alice has a pipe open already') })
  await Promise.all([opening.finish(), accepting.finish()])

  const onlyBob = await accept('bob')
  const carols = await open(carol).finish()
  expect(carols).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('holdfast: alice waits for a pipe from another peer'),
  })
  const exits = await Promise.all([open(bob).finish('hello'), onlyBob.finish()])
  expect(exits).toMatchObject([{ code: 0 }, { code: 0, stdout: Buffer.from('hello') }])
})

test('a node that does not wait for a pipe refuses it', async () => {
  const other = new Command('ticket', '--dir', alice, '--advertise', address)
  await other.prints(/\n/)
  const opening = await open(bob).finish('hello')
  expect(opening).toMatchObject({ code: 1, stderr: expect.stringContaining('run `holdfast pipe --accept` there') })
})

test('when the other side is killed and started anew, the pipe ends with an error', async () => {
  const killed = await accept()
  const opening = open(bob)
  opening.input.write('before')
  await killed.prints(/before/)
  killed.kill('SIGKILL')
  await opening.says(/Lost the connection to alice/)
  await accept()
  const { code, stderr } = await opening.exit
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /\nholdfast: Holdfast was started again on alice, and the pipe has ended with it; start the pipe again on both sides\n$/,
  )
})

test('Ctrl-C ends both sides, and says so on the other', async () => {
  const accepting = await accept()
  const opening = open(bob)
  opening.input.write('before')
  await accepting.prints(/before/)
  opening.kill('SIGINT')
  expect(await opening.exit).toMatchObject({ code: 130 })
  const { code, stderr } = await accepting.exit
  expect(code).toBe(1)
  expect(stderr).toMatch(/\nholdfast: bob ended the pipe before it was complete; start it again on both sides\n$/)
  for (const dir of [alice, bob])
    expect(await readdir(dir)).not.toContainEqual(expect.stringMatching(/\.(tmp|new|holder)$/))
})

test('Ctrl-C ends the wait for a pipe, and for a peer', async () => {
  const accepting = await accept()
  accepting.kill('SIGINT')
  expect(await accepting.exit).toMatchObject({ code: 130 })
  const opening = open(bob)
  await opening.says(/Waiting for alice/)
  opening.kill('SIGTERM')
  expect(await opening.exit).toMatchObject({ code: 143 })
})

test('a program that stops reading the pipe ends it', async () => {
  const accepting = await accept()
  const opening = open(bob)
  opening.input.write(randomBytes(1e6))
  await once(accepting.output, 'data')
  accepting.output.destroy()
  expect(await accepting.exit).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The program that reads standard output has ended'),
  })
  const { code, stderr } = await opening.exit
  expect(code).toBe(1)
  expect(stderr).toMatch(/\nholdfast: The program that reads the pipe on alice has ended, so not everything arrived\n$/)
})

test('a slow reader gets everything, and the sender waits for it', async () => {
  const accepting = await accept()
  accepting.output.pause()
  const sent = randomBytes(450_000)
  const opening = open(bob)
  accepting.input.end()
  opening.input.end(sent)
  await accepting.says(/Connected to bob/)
  accepting.output.resume()
  const [atAlice, atBob] = await Promise.all([accepting.exit, opening.exit])
  expect([atAlice.code, atBob.code]).toEqual([0, 0])
  expect(hash(atAlice.stdout)).toBe(hash(sent))
})

// `… | holdfast chat bob` beside daemons: nothing lost or doubled when they are killed, and nothing said to be delivered that is not.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newMessageId } from '../../src/cli/chat/delivery.ts'
import { ChatWorld } from './chat-world.ts'
import { type Command, Process, program } from './command.ts'

/** Each of these starts several processes, on machines that may have much else to do. */
const patience = 120_000

let world: ChatWorld
/** What bob's daemon had before the test. */
let before: number
beforeAll(async () => {
  world = await ChatWorld.make()
})
afterAll(async () => {
  await Process.endAll()
  await world.dispose()
})
beforeEach(async () => {
  await Promise.all([world.up('alice'), world.up('bob')])
  // Nothing of the test before is still under way.
  await say('alice', 'a test begins')
  before = await world.newest('bob')
}, patience)

const lines = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, n) => `line ${first + n}`)
const text = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('')

/** What bob has received in this test. */
async function received(): Promise<string[]> {
  return (await world.messages('bob', before))
    .filter(({ direction }) => direction === 'received')
    .map((one) => one.text)
}

/** Writes a message to the only peer of this person; resolves when it is delivered. */
async function say(who: string, what: string): Promise<void> {
  const api = await world.api(who)
  const [peer] = await api.peers()
  const { number } = await api.say(peer!.id, what, newMessageId())
  const events = await api.events({
    after: (await api.log({ limit: 1 })).newest,
    signal: AbortSignal.timeout(patience),
  })
  const isDelivered = async (): Promise<boolean> =>
    (await api.messages({ after: number - 1, limit: 1 })).messages[0]?.deliveredAtMs !== null
  const next = events[Symbol.asyncIterator]()
  while (!(await isDelivered())) await next.next()
}

/** A chat of bob that reads, with its output where the shell is told to let it go. */
async function reading(output: string): Promise<Process> {
  const args = ['chat', 'alice', '--dir', world.dir('bob')].map((arg) => `'${arg}'`).join(' ')
  const chat = new Process('/bin/sh', ['-c', `exec '${process.execPath}' '${program}' ${args} > '${output}'`])
  await chat.says(/alice is connected/)
  return chat
}

describe('a chat in a pipe, with its own daemon restarted', () => {
  test(
    'that is started while the daemon is away waits for it, and takes the folder from nobody',
    async () => {
      await world.kill('alice')
      const chat = world.chat('alice', 'bob')
      const exit = chat.finish(text(lines(1, 3)))
      await chat.says(/No daemon answers for .*; waiting up to 15 s until it is back/)
      await world.up('alice')
      const { code, stderr } = await exit
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('runs the node itself') })
      expect(await received()).toEqual(lines(1, 3))
    },
    patience,
  )

  test(
    'delivers every line once and in order, although the daemon is killed twice and returns at another port',
    async () => {
      const chat = world.chat('alice', 'bob', '--json')
      chat.input.write(text(lines(1, 14)))
      // In the middle of what is written.
      await chat.prints(/"text":"line 5"/)
      await world.kill('alice')
      chat.input.write(text(lines(15, 30)))
      await world.up('alice')
      await chat.prints(/"text":"line 30"/)
      // While the input is idle.
      await world.kill('alice')
      const exit = chat.finish(text(lines(31, 40)))
      await world.up('alice')
      const { code, stderr } = await exit
      // With --json, standard error is for errors.
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(await received()).toEqual(lines(1, 40))
    },
    patience,
  )

  test(
    'prints what comes once and in order while the daemon of the reading side is killed',
    async () => {
      const reader = world.chat('bob', 'alice')
      await reader.says(/alice is connected/)
      const writer = world.chat('alice', 'bob')
      writer.input.write(text(lines(1, 10)))
      await reader.prints(/line 3\n/)
      await world.kill('bob')
      writer.input.write(text(lines(11, 20)))
      await reader.says(/The daemon has ended; waiting until it is back/)
      await world.up('bob')
      expect(await writer.finish(text(lines(21, 30)))).toMatchObject({ code: 0 })
      await reader.prints(/line 30\n/)
      const { code, stdout, stderr } = await reader.finish()
      expect([code, stdout.toString()]).toEqual([0, text(lines(1, 30).map((line) => `alice: ${line}`))])
      expect(stderr.match(/waiting until it is back/g)).toHaveLength(1)
    },
    patience,
  )

  test(
    'says on Ctrl-C which lines were not accepted while the daemon was gone',
    async () => {
      // What is accepted waits.
      await world.kill('bob')
      const chat = world.chat('alice', 'bob', '--json')
      chat.input.write(text(lines(1, 3)))
      await chat.prints(/"text":"line 3"/)
      await world.kill('alice')
      // The line that is refused says that all of this has been read.
      chat.input.write(Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(`${text(lines(5, 10))}line 11`)]))
      await chat.prints(/"type":"refused","line":4,"why":"it is not UTF-8"/)
      chat.kill('SIGINT')
      const { code, stderr } = await chat.exit
      expect(code).toBe(130)
      expect(stderr).toMatch(/7 lines, from line 5 on, were read and are not known to be accepted/)
      expect(stderr).toMatch(/3 accepted messages are not delivered yet/)
    },
    patience,
  )

  test(
    'gives up after --timeout where the daemon does not come back, and tells what is not accepted',
    async () => {
      const chat = world.chat('alice', 'bob', '--timeout', '1s')
      await chat.says(/bob is/)
      await world.kill('alice')
      await chat.says(/waiting until it is back/)
      const { code, stderr } = await chat.finish('late\n')
      expect(code).toBe(1)
      expect(stderr).toMatch(/^holdfast: Line 1 was not accepted within 1 s/m)
    },
    patience,
  )
})

describe('a chat in a pipe, with lines that cannot be sent', () => {
  test(
    'refuses each by itself, in words, sends the rest, and ends with 1',
    async () => {
      const input = Buffer.concat([
        Buffer.from(`one\n${'x'.repeat(16_384)}\n${'é'.repeat(8_193)}\n\n`),
        Buffer.from([0xff, 0xfe, 0x0a]),
        Buffer.from('nul \0 and \u001b[31m\ncrlf\r\n'),
        Buffer.alloc(200_000, 'y'),
        Buffer.from('\nno end'),
      ])
      const { code, stderr } = await world.chat('alice', 'bob').finish(input)
      expect(await received()).toEqual(['one', 'x'.repeat(16_384), 'nul \0 and \u001b[31m', 'crlf', 'no end'])
      expect(code).toBe(1)
      const tooLong = 'it has more than 16,384 bytes, which is the most that a message can have'
      expect(stderr.split('\n').filter((line) => /line/i.test(line))).toEqual([
        `holdfast: Line 3 is refused: ${tooLong}; the rest goes on`,
        'holdfast: Line 5 is refused: it is not UTF-8; the rest goes on',
        `holdfast: Line 8 is refused: ${tooLong}; the rest goes on`,
        'holdfast: 3 lines were refused (3, 5, 8); everything else is delivered',
      ])
    },
    patience,
  )

  test(
    'takes a gigabyte without an end of line for one such line',
    async () => {
      const input = '{ echo before; head -c 1000000000 /dev/zero; echo; echo after; }'
      const chat = `'${process.execPath}' --max-old-space-size=64 '${program}' chat bob --dir '${world.dir('alice')}'`
      const { code, stderr } = await new Process('/bin/sh', ['-c', `${input} | ${chat}`]).finish()
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/Line 2 is refused/) })
      expect(await received()).toEqual(['before', 'after'])
    },
    patience,
  )
})

describe('a chat in a pipe, with its output gone', () => {
  test(
    'ends in order when the reader has seen enough, and with 1 when something is not delivered then',
    async () => {
      const reader = world.chat('bob', 'alice')
      await reader.says(/alice is connected/)
      await say('alice', 'one')
      await reader.prints(/alice: one\n/)
      reader.output.destroy()
      await say('alice', 'two')
      expect(await reader.exit).toMatchObject({ code: 0 })

      await world.kill('bob')
      const writer: Command = world.chat('alice', 'bob', '--json')
      await writer.prints(/"presence":"away"/)
      writer.output.destroy()
      writer.input.write('three\n')
      expect(await writer.exit).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Nobody reads the output any more.*1 accepted message is not delivered yet/),
      })
    },
    patience,
  )

  test(
    'ends with 1 and the reason as soon as the disk is full',
    async () => {
      const chat = await reading('/dev/full')
      await say('alice', 'one')
      expect(await chat.exit).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Standard output failed.*ENOSPC/),
      })
    },
    patience,
  )

  test(
    'has written into a file what came when it ends',
    async () => {
      const file = join(world.dir('bob'), 'out')
      const chat = await reading(file)
      expect(await world.chat('alice', 'bob').finish(text(lines(1, 50)))).toMatchObject({ code: 0 })
      expect(await chat.finish()).toMatchObject({ code: 0 })
      expect(await readFile(file, 'utf8')).toBe(text(lines(1, 50).map((line) => `alice: ${line}`)))
    },
    patience,
  )
})

test(
  'a chat in a pipe without input ends at once with 0',
  async () => {
    expect(await world.chat('alice', 'bob').finish()).toMatchObject({ code: 0, stdout: Buffer.alloc(0) })
  },
  patience,
)

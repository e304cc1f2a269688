// `… | holdfast chat <peer>` while daemons are killed and stopped: each line is delivered, once and in order.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Command } from '../e2e/command.ts'
import { type EndSignal, type Side, sides } from './case.ts'
import { Stage } from './stage.ts'

const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`)
/** So many are written before a daemon ends. */
const firstLines = 14

/** Of the two sides of a pipe there are those who write here, and those who read. */
const sender = 'opener'
const reader = 'accepter'
const roles = { dialer: sender } as const

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(async () => {
  await stage.close()
  await Command.endAll()
})

function chat(side: Side, ...args: string[]): Command {
  const peer = stage.node(roles, side === sender ? reader : sender).name
  return new Command('chat', peer, '--dir', stage.node(roles, side).dir, ...args)
}

/** The texts that this side has received, from its history. */
async function received(side: Side): Promise<string[]> {
  const { code, stdout } = await chat(side, '--json', '-n', '100').finish()
  expect(code).toBe(0)
  const events = stdout
    .toString()
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
  return events
    .map((line) => JSON.parse(line) as { type: string; direction?: string; text?: string })
    .flatMap(({ type, direction, text }) => (type === 'message' && direction === 'received' ? [text ?? ''] : []))
}

test.each(sides.flatMap((side) => (['SIGKILL', 'SIGTERM'] as const).map((signal) => ({ side, signal }))))(
  "40 lines into a chat are there once and in order after $signal of the $side's daemon",
  async ({ side, signal }: { side: Side; signal: EndSignal }) => {
    const reading = chat(reader, '--json')
    const writing = chat(sender)
    const first = lines.slice(0, firstLines)
    writing.input.write(`${first.join('\n')}\n`)
    await reading.prints(/"text":"line 14"/)
    stage.daemon(roles, side).kill(signal)
    writing.input.write(`${lines.slice(firstLines, -1).join('\n')}\n`)
    await stage.restart(roles, side)
    const { code, stderr } = await writing.finish(`${lines.at(-1)}\n`)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(await received(reader)).toEqual(lines)
  },
)

test('a line that is too long is refused by itself, and those after it are delivered', async () => {
  const writing = chat(sender)
  const tooLong = 'x'.repeat(16_385)
  const { code, stderr } = await writing.finish(`before\n${tooLong}\nafter\n`)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^holdfast: .*\b2\b.*16,?384/m)
  expect(stderr).not.toContain('xxx')
  expect(await received(reader)).toEqual(['before', 'after'])
})

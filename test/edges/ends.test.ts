// The two ends of a command, with `cat` between them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Input, inputBytes, type Output } from './case.ts'
import { pipeBytesMax } from './fifo.ts'
import { Sink } from './sink.ts'
import { Source } from './source.ts'

let dir: string
let files = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-ends-'))
})
afterAll(() => rm(dir, { recursive: true }))

function carry(input: Input, output: Output): { source: Source; sink: Sink; cat: ChildProcess } {
  const source = new Source(input, 'cat', join(dir, String(files++)))
  const sink = new Sink(output, inputBytes(input), join(dir, String(files++)))
  const cat = spawn('cat', { stdio: [source.fd!, sink.fd!, 'ignore'] })
  source.handedOver()
  sink.handedOver()
  return { source, sink, cat }
}

const inputs: Input[] = [
  { kind: 'empty' },
  { kind: 'file', bytes: 200_000 },
  { kind: 'pipe', bytes: 200_000, waitMs: 5 },
  { kind: 'idle', bytes: 100_000, later: { endAfterBytes: 14 } },
]
const outputs: Output[] = [{ kind: 'file' }, { kind: 'pipe' }, { kind: 'slow', overMs: 20 }]

test.each(inputs.flatMap((input) => outputs.map((output) => ({ input, output }))))(
  'all of $input.kind comes out at $output.kind, and leaves nothing behind',
  async ({ input, output }) => {
    const { source, sink, cat } = carry(input, output)
    source.release()
    const [[code]] = await Promise.all([once(cat, 'exit'), source.give()])
    expect(code).toBe(0)
    expect(source.endedAtMs).toBeDefined()
    expect((await sink.content()).equals(source.content)).toBe(true)
    sink.close()
    expect(await readdir(dir)).toEqual([])
  },
)

test('an idle input falls silent until it is released', async () => {
  const { source, sink, cat } = carry({ kind: 'idle', bytes: 100, later: { endAfterBytes: 14 } }, { kind: 'pipe' })
  const given = source.give()
  await expect.poll(() => sink.bytes).toBe(100)
  expect(source).toMatchObject({ givenBytes: 100, gaveFirst: true, endedAtMs: undefined })
  source.release()
  await given
  await once(cat, 'exit')
  expect(await sink.content()).toHaveLength(114)
})

test('a reader that leaves early breaks the pipe, and has taken a pipe full more at most', async () => {
  const { source, sink, cat } = carry({ kind: 'file', bytes: 1_000_000 }, { kind: 'closed', afterBytes: 1_000 })
  await once(cat, 'exit')
  expect(cat.signalCode).toBe('SIGPIPE')
  expect(sink.bytes).toBeGreaterThanOrEqual(1_000)
  expect(sink.takesBytesMax).toBe(sink.bytes + pipeBytesMax)
  source.close()
  sink.close()
})

test('a full disk takes what it has room for', async () => {
  const { sink, cat } = carry({ kind: 'file', bytes: 100_000 }, { kind: 'full', roomBytes: 4_096 })
  await once(cat, 'exit')
  expect(cat.exitCode).toBe(1)
  expect(sink.bytes).toBe(sink.takesBytesMax)
  sink.close()
  expect(await readdir(dir)).toEqual([])
})

import { type Duplex, duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { PipeCutError, type PipeInput, type PipeOutput, PipeSideError, runPipeEndpoint } from './endpoint.ts'
import { deliveredFrame, doneFrame, endFrame, FRAME_HEADER_BYTES, putDataHeader } from './frames.ts'

/** Gives these pieces, and then nothing more until it is ended; one that ends by itself gives 0 instead. */
class TestInput implements PipeInput {
  readonly isTerminal: boolean
  readonly #pieces: (Uint8Array | Error)[]
  readonly #endsItself: boolean
  readonly #over = Promise.withResolvers<number>()

  constructor(pieces: readonly (string | Error)[], { isTerminal = false, endsItself = true } = {}) {
    this.#pieces = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))
    this.isTerminal = isTerminal
    this.#endsItself = endsItself
  }

  async read(buffer: Uint8Array): Promise<number> {
    const piece = this.#pieces.shift()
    if (piece instanceof Error) throw piece
    if (piece === undefined) return this.#endsItself ? 0 : this.#over.promise
    buffer.set(piece)
    return piece.length
  }

  end(): void {
    this.#over.resolve(0)
  }
}

/** Takes everything, or as long as it is held nothing. */
class TestOutput implements PipeOutput {
  text = ''
  isEnded = false
  failure: NodeJS.ErrnoException | undefined
  readonly #held: (() => void)[] = []
  isHeld = false

  write(bytes: Uint8Array, callback: (error?: Error | null) => void): void {
    if (this.isHeld) this.#held.push(() => this.#take(bytes, callback))
    else this.#take(bytes, callback)
  }

  #take(bytes: Uint8Array, callback: (error?: Error | null) => void): void {
    if (this.failure === undefined) this.text += Buffer.from(bytes).toString()
    callback(this.failure)
  }

  async end(): Promise<void> {
    this.isEnded = true
  }

  release(): void {
    this.isHeld = false
    for (const take of this.#held.splice(0)) take()
  }
}

const idle = { endsItself: false }
const failing = (code: string): TestOutput =>
  Object.assign(new TestOutput(), { failure: Object.assign(new Error(code), { code }) })

function dataFrame(text: string): Buffer {
  const frame = Buffer.from(' '.repeat(FRAME_HEADER_BYTES) + text)
  putDataHeader(frame, text.length)
  return frame
}

/** The first bytes of what comes out. */
async function take(side: Duplex, bytes: number): Promise<Buffer> {
  for (;;) {
    const got = side.read(bytes) as Buffer | null
    if (got !== null) return got
    await new Promise((resolve) => side.once('readable', resolve))
  }
}

test('both sides complete when each has everything of the other', async () => {
  const [left, right] = duplexPair()
  const outputs = [new TestOutput(), new TestOutput()] as const
  await Promise.all([
    runPipeEndpoint(left, new TestInput(['que', 'stion']), outputs[0]),
    runPipeEndpoint(right, new TestInput(['answer']), outputs[1]),
  ])
  expect(outputs).toMatchObject([
    { text: 'answer', isEnded: true },
    { text: 'question', isEnded: true },
  ])
})

test('a side does not complete before the other one’s output has taken the last byte', async () => {
  const [left, right] = duplexPair()
  const slow = Object.assign(new TestOutput(), { isHeld: true })
  let isComplete = false
  const sender = runPipeEndpoint(left, new TestInput(['data']), new TestOutput()).then(() => (isComplete = true))
  const receiver = runPipeEndpoint(right, new TestInput([]), slow)
  // Whatever can happen before that has happened.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect([isComplete, slow.isEnded]).toEqual([false, false])
  slow.release()
  await Promise.all([sender, receiver])
  expect(slow).toMatchObject({ text: 'data', isEnded: true })
})

test('a terminal as input ends with the other direction, and anything else keeps the pipe open', async () => {
  const [left, right] = duplexPair()
  const typed = new TestInput(['typed'], { isTerminal: true, ...idle })
  const output = new TestOutput()
  await Promise.all([
    runPipeEndpoint(left, typed, new TestOutput()),
    runPipeEndpoint(right, new TestInput(['data']), output),
  ])
  expect(output.text).toBe('typed')

  const [here, there] = duplexPair()
  const input = new TestInput([], idle)
  let isComplete = false
  const open = runPipeEndpoint(here, input, new TestOutput()).then(() => (isComplete = true))
  const other = runPipeEndpoint(there, new TestInput([]), new TestOutput())
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(isComplete).toBe(false)
  input.end()
  await Promise.all([open, other])
})

test('a stream that ends at any point before DONE is no end', async () => {
  const all = Buffer.concat([dataFrame('data'), endFrame(4), deliveredFrame(0), doneFrame()])
  for (const bytes of [0, 3, 7, 9, 22, all.length - 1]) {
    const [left, right] = duplexPair()
    const side = runPipeEndpoint(left, new TestInput([]), new TestOutput())
    right.resume()
    right.end(all.subarray(0, bytes))
    await expect(side).rejects.toBeInstanceOf(PipeCutError)
  }
})

test('a confirmation of another count than was sent is a violation', async () => {
  for (const count of [0, 3, 5]) {
    const [left, right] = duplexPair()
    const side = runPipeEndpoint(left, new TestInput(['data']), new TestOutput())
    await take(right, FRAME_HEADER_BYTES + 4 + endFrame(4).length)
    right.write(deliveredFrame(count))
    await expect(side).rejects.toMatchObject({ rule: 'pipe-frame' })
  }
})

test('an output that fails says what the other side is told', async () => {
  for (const [code, abort] of [
    ['EPIPE', 'reader-gone'],
    ['ECONNRESET', 'reader-gone'],
    ['ENOSPC', 'output-full'],
    ['EIO', 'output-failed'],
  ]) {
    const [left, right] = duplexPair()
    const side = runPipeEndpoint(left, new TestInput([], idle), failing(code!))
    right.write(dataFrame('data'))
    await expect(side).rejects.toMatchObject({ abort, message: code })
    await expect(side).rejects.toBeInstanceOf(PipeSideError)
  }
})

test('so does an input that fails', async () => {
  const [left] = duplexPair()
  const side = runPipeEndpoint(left, new TestInput(['data', new Error('broken disk')]), new TestOutput())
  await expect(side).rejects.toMatchObject({ abort: 'input-failed', message: 'broken disk' })
})

test('an output that takes nothing stops the other side’s input', async () => {
  const [left, right] = duplexPair()
  let readBytes = 0
  const endless: PipeInput = {
    isTerminal: false,
    async read(buffer) {
      readBytes += buffer.length
      return buffer.length
    },
    end: () => undefined,
  }
  const stalled = Object.assign(new TestOutput(), { isHeld: true })
  const sides = [
    runPipeEndpoint(left, endless, new TestOutput()),
    runPipeEndpoint(right, new TestInput([], idle), stalled),
  ]
  for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(readBytes).toBeLessThan(4_000_000)
  left.destroy()
  right.destroy()
  await Promise.allSettled(sides)
})

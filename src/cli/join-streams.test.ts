// What the end-to-end tests of `pipe` cannot show, since they have no terminal.
import { type Duplex, duplexPair, PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { HoldfastStream } from '../node/api.ts'
import { joinStreams } from './join-streams.ts'

/** One end of a stream, as far as joining needs it, and the other one. */
function streamPair(): { stream: HoldfastStream; resets: number[]; other: Duplex } {
  const [duplex, other] = duplexPair()
  const resets: number[] = []
  const reset = (code: number): void => {
    resets.push(code)
    duplex.destroy()
  }
  return { stream: Object.assign(duplex, { reset }) as unknown as HoldfastStream, resets, other }
}

const terminal = (): PassThrough & { isTTY: boolean } => Object.assign(new PassThrough(), { isTTY: true })
const never = new AbortController().signal

test('a terminal ends with the other direction', async () => {
  const { stream, other } = streamPair()
  const [input, output] = [terminal(), new PassThrough()]
  const joined = joinStreams(stream, input, output, never)
  input.write('typed')
  other.end('received')
  expect(await text(other)).toBe('typed')
  expect(await joined).toBe('complete')
  expect(output.read()).toEqual(Buffer.from('received'))
  // It may still be read by whoever comes after us.
  expect([input.destroyed, output.destroyed]).toEqual([false, false])
})

test('anything else ends by itself, and the output is ended before', async () => {
  const { stream, other } = streamPair()
  const [input, output] = [new PassThrough(), new PassThrough()]
  const joined = joinStreams(stream, input, output, never)
  other.end()
  output.resume()
  await new Promise((resolve) => output.once('close', resolve))
  input.end('answer')
  expect(await text(other)).toBe('answer')
  expect(await joined).toBe('complete')
})

test('an output that was closed resets the stream, which is no error', async () => {
  const { stream, resets } = streamPair()
  const output = new PassThrough()
  const joined = joinStreams(stream, new PassThrough(), output, never)
  output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  expect(await joined).toBe('reader-gone')
  expect(resets).toEqual([258])
})

test('any other error of the output is one', async () => {
  const { stream, resets } = streamPair()
  const output = new PassThrough()
  const joined = joinStreams(stream, new PassThrough(), output, never)
  output.destroy(Object.assign(new Error('disk full'), { code: 'ENOSPC' }))
  await expect(joined).rejects.toThrow(/^Standard output failed \(disk full\)/)
  expect(resets).toEqual([1])
})

test('an error of the input ends the stream, and the other way round', async () => {
  const first = streamPair()
  const input = new PassThrough()
  const joined = joinStreams(first.stream, input, new PassThrough(), never)
  input.destroy(new Error('broken disk'))
  await expect(joined).rejects.toThrow(/^Standard input failed \(broken disk\)/)
  expect(first.stream.destroyed).toBe(true)

  const second = streamPair()
  const failing = joinStreams(second.stream, new PassThrough(), new PassThrough(), never)
  second.stream.destroy(new Error('the peer restarted'))
  await expect(failing).rejects.toThrow(/^the peer restarted$/)
})

test('aborting resets the stream, and ends the joining even if it came first', async () => {
  for (const early of [true, false]) {
    const { stream, resets } = streamPair()
    const controller = new AbortController()
    if (early) controller.abort()
    const joined = joinStreams(stream, new PassThrough(), new PassThrough(), controller.signal)
    controller.abort()
    await expect(joined).rejects.toThrow()
    expect(resets).toEqual([1])
  }
})

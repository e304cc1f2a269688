import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { peerIdFromPublicKey } from '../../identity/peer-id.ts'
import { ConnectError, WrongPeerError } from '../../transport/tcp/tcp-errors.ts'
import { RefusedError, UnreachableError } from '../errors.ts'
import { addressOutcome } from './dial-outcome.ts'
import { type RaceOutcome, race } from './race.ts'

interface Runner {
  readonly name: string
  /** After how long it wins or fails; never if left out. */
  readonly wins?: number
  readonly fails?: number
}

/** What came of a race: when each began, what was observed, and when it was over, with what. */
async function run(
  runners: readonly Runner[],
  abortAtMs?: number,
  reason: Error = new Error('enough'),
): Promise<Record<string, unknown>> {
  const clock = new VirtualClock()
  const starts: string[] = []
  const ends: string[] = []
  const observed: string[] = []
  const controller = new AbortController()
  if (abortAtMs !== undefined) clock.after(abortAtMs, () => controller.abort(reason))
  const attempt = (runner: Runner, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      starts.push(`${runner.name} ${clock.now()}`)
      signal.addEventListener('abort', () => ends.push(runner.name))
      if (runner.wins !== undefined) clock.after(runner.wins, resolve)
      if (runner.fails !== undefined) clock.after(runner.fails, () => reject(new Error(runner.name)))
    })
  const observe = ({ name }: Runner, outcome: RaceOutcome): number => observed.push(`${name} ${outcome}`)
  let over: unknown
  race(runners, attempt, controller.signal, clock, observe).then(
    () => (over = `won ${clock.now()}`),
    (error: unknown) => (over = error),
  )
  await clock.run(60_000)
  expect(clock.pendingTimers).toBe(0)
  return { starts, observed, ended: ends, over }
}

describe('M2: a race for an address', () => {
  it('begins the next 250 ms after the one before, so that one that hangs delays none', async () => {
    const result = await run([{ name: 'a' }, { name: 'b' }, { name: 'c', wins: 100 }, { name: 'd' }])
    expect(result).toEqual({
      starts: ['a 0', 'b 250', 'c 500'],
      observed: ['c reached', 'a overtaken', 'b overtaken'],
      ended: ['a', 'b', 'c'],
      over: 'won 600',
    })
  })

  it('begins the next at once when one fails', async () => {
    const result = await run([
      { name: 'a', fails: 10 },
      { name: 'b', fails: 20 },
      { name: 'c', wins: 5 },
    ])
    expect(result).toMatchObject({
      starts: ['a 0', 'b 10', 'c 30'],
      over: 'won 35',
      observed: ['a failed', 'b failed', 'c reached'],
    })
  })

  it('lets the slow one win, if it does, and thinks no worse of what had just begun', async () => {
    const result = await run([{ name: 'a', wins: 300 }, { name: 'b' }])
    expect(result).toMatchObject({ observed: ['a reached'], over: 'won 300' })
  })

  it('fails with all errors when all have failed', async () => {
    const result = await run([
      { name: 'a', fails: 400 },
      { name: 'b', fails: 10 },
    ])
    expect(result['over']).toMatchObject({ errors: [{ message: 'b' }, { message: 'a' }] })
    expect((await run([{ name: 'a', fails: 1 }]))['over']).toMatchObject({ message: 'a' })
    expect((await run([]))['over']).toMatchObject({ code: 'unreachable' })
  })

  it('ends when it is called off, and says who ran', async () => {
    const result = await run([{ name: 'a' }, { name: 'b' }, { name: 'c' }], 300)
    expect(result).toMatchObject({
      observed: ['a aborted', 'b aborted'],
      ended: ['a', 'b'],
      over: { message: 'enough' },
    })
  })
})

describe('what a race says of an address', () => {
  const id = peerIdFromPublicKey(new Uint8Array(32))
  it.each<readonly [RaceOutcome, unknown, ReturnType<typeof addressOutcome>]>([
    ['reached', undefined, 'reached'],
    ['overtaken', undefined, 'overtaken'],
    ['failed', new ConnectError('tcp://a:1', 'refused', undefined), 'failed'],
    ['failed', new WrongPeerError('tcp://a:1', id, id), 'wrong-peer'],
    ['failed', new RefusedError('busy', ''), undefined],
    ['aborted', new UnreachableError('It did not answer within 10 s'), 'failed'],
    ['aborted', new Error('Another attempt succeeded'), undefined],
  ])('%s, %s: %s', (outcome, error, expected) => {
    expect(addressOutcome(outcome, error)).toBe(expected)
  })
})

import { array, assert, constantFrom, integer, nat, property, tuple } from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ProtocolError } from '../../src/core/errors.ts'
import { FRAME_OVERHEAD_BYTES } from '../../src/core/session/limits.ts'
import { firstDifference } from './content.ts'
import { forge } from './forge.ts'
import { SessionUnderAttack } from './session-under-attack.ts'

const FRAMES_MIN = 100_000
const RUNS = 450
const FRAMES_A_RUN = 600

const kinds = [
  ...Array.from({ length: 10 }, () => 'data' as const),
  ...Array.from({ length: 3 }, () => 'open' as const),
  'fin',
  'reset',
  'stop',
  'window',
  'sessionWindow',
  'streams',
  'ack',
  'ack',
  'ping',
  'pong',
  'own',
  'own',
  'read',
  'hold',
  'again',
  'time',
] as const

/** How far a field is from what an honest sender would say: mostly not at all. */
const slip = constantFrom(...Array.from({ length: 300 }, () => 0), 1, 2, 3, -1, -2, 1_000, 2 ** 31, 2 ** 47)
const move = tuple(constantFrom(...kinds), nat({ max: 5 }), integer({ min: 1, max: 9_000 }), slip, slip)

let frames = 0
const rules = new Map<string, number>()

describe('a session against a peer that sends well-formed frames with arbitrary fields', () => {
  afterAll(() => {
    const broken = [...rules].map(([rule, times]) => `${rule} ${times}`).join(', ')
    process.stdout.write(`fuzz: ${frames} frames into sessions, violations: ${broken}\n`)
  })

  it('throws nothing but ProtocolError, delivers each byte once and in order, and stays within its bounds', () => {
    assert(
      property(array(move, { maxLength: FRAMES_A_RUN, size: 'max' }), (moves) => {
        let target = new SessionUnderAttack()
        for (const [kind, stream, size, wrong, wrongToo] of moves) {
          frames++
          const error = target.attempt(() => play(target, kind, stream, size, wrong, wrongToo))
          if (error !== undefined) {
            expect(error).toBeInstanceOf(ProtocolError)
            const { rule } = error as ProtocolError
            rules.set(rule, (rules.get(rule) ?? 0) + 1)
            target.endAfter(error as ProtocolError)
            target = new SessionUnderAttack()
          }
          target.flush()
        }
        expectBounds(target)
        expectContent(target)
      }),
      { numRuns: RUNS },
    )
    expect(frames).toBeGreaterThanOrEqual(FRAMES_MIN)
  })
})

/** One move of the peer: a frame that would be in order but for the slips. */
function play(
  target: SessionUnderAttack,
  kind: (typeof kinds)[number],
  which: number,
  size: number,
  wrong: number,
  wrongToo: number,
): void {
  const stream = target.streamAt(which)
  const sequence = target.nextSequence(wrongToo)
  switch (kind) {
    case 'data': {
      const offset = Math.max(0, stream.offset + wrong)
      target.push(forge.data(sequence, stream.id, offset, size))
      stream.offset = Math.max(stream.offset, offset + size)
      return
    }
    case 'open':
      target.push(forge.open(sequence, wrong === 0 ? target.newStream().id : stream.id + wrong))
      return
    case 'fin':
      stream.ended = true
      target.push(forge.fin(sequence, stream.id, Math.max(0, stream.offset + wrong)))
      return
    case 'reset':
      stream.ended = true
      target.push(forge.reset(sequence, stream.id, Math.max(0, stream.offset + wrong), size))
      return
    case 'stop':
      target.push(forge.stop(sequence, wrong === 0 ? target.ownStream(which) : stream.id, size))
      return
    case 'window':
      target.push(forge.window(sequence, target.ownStream(which), target.raise('stream', which, size + wrong)))
      return
    case 'sessionWindow':
      target.push(forge.sessionWindow(sequence, target.raise('session', 0, size + wrong)))
      return
    case 'streams':
      target.push(forge.streams(sequence, target.raise('streams', 0, which + wrong) % 2 ** 32))
      return
    case 'ack':
      target.acknowledge(wrong, size)
      return
    case 'ping':
      target.push(forge.ping(size))
      return
    case 'pong':
      target.push(forge.pong(size))
      return
    case 'own':
      target.useOwnStream(which, size)
      return
    case 'read':
      target.read(which)
      return
    case 'hold':
      target.hold()
      return
    case 'again':
      target.repeat(size)
      return
    case 'time':
      target.pass(size)
  }
}

function expectBounds(target: SessionUnderAttack): void {
  const { session, limits } = target
  expect(session.unacknowledgedBytes).toBeLessThanOrEqual(limits.unacknowledgedBytes + 65_536 + FRAME_OVERHEAD_BYTES)
  expect(target.keptBytes).toBeLessThanOrEqual(limits.sessionWindowBytesMax)
  expect(session.streamCount).toBeLessThanOrEqual(2 * 1_024)
}

function expectContent(target: SessionUnderAttack): void {
  for (const reader of target.readers) {
    expect(firstDifference(reader.stream.id, 0, reader.takeBytes())).toBeUndefined()
    expect(reader.ends).toBeLessThanOrEqual(1)
    expect(reader.resetCodes.length + reader.ends).toBeLessThanOrEqual(1)
  }
}

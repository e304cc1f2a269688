import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNACKNOWLEDGED_FRAMES_MAX } from '../frame/constants.ts'
import { defaultSessionLimits, FRAME_OVERHEAD_BYTES } from './limits.ts'
import { SessionLink } from './link.ts'
import { SendLog, type SentFrame } from './send-log.ts'

const link = (id: number): SessionLink =>
  new SessionLink({ id, dialedBySelf: true, dialedByLower: true, rank: 0 }, 0, defaultSessionLimits, () => 0.5)

function append(log: SendLog, on: SessionLink, size = 100): SentFrame {
  const frame: SentFrame = {
    sequence: log.nextSequence,
    bytes: new Uint8Array(size),
    ends: undefined,
    link: on,
    acknowledged: false,
    skipTo: 0,
    repeated: false,
    copyOn: undefined,
    deliveredBytes: 0,
    deliveredMs: 0,
  }
  log.append(frame)
  on.frameSent(frame, 0)
  return frame
}

const move = tuple(
  constantFrom('send', 'send', 'send', 'acknowledge', 'ranges', 'lose', 'resend'),
  integer({ min: 0, max: 30 }),
  integer({ min: 0, max: 30 }),
)

describe('the log of what was sent', () => {
  it('lets go of a frame by acknowledgement only, once each, and sends again in order what lost links carried', () => {
    assert(
      property(array(move, { maxLength: 80 }), (moves) => {
        const log = new SendLog()
        const links = [link(0), link(1), link(2)]
        /** What is not acknowledged, and which link has it; undefined while it waits. */
        const model = new Map<number, number | undefined>()
        const released: number[] = []
        const acknowledge = (cumulative: number, ranges: { first: number; last: number }[]): void => {
          log.acknowledge(cumulative, ranges, (frame) => {
            released.push(frame.sequence)
            frame.link?.frameAcknowledged(frame, 1)
            expect(model.delete(frame.sequence)).toBe(true)
          })
        }
        for (const [kind, x, y] of moves) {
          const last = log.nextSequence - 1
          const on = links[x % 3]!
          if (kind === 'send') {
            append(log, on)
            model.set(last + 1, x % 3)
          } else if (kind === 'acknowledge') {
            acknowledge(Math.min(last, x), [])
            expect([...model.keys()].every((sequence) => sequence > Math.min(last, x))).toBe(true)
          } else if (kind === 'ranges' && last >= 2) {
            const first = 2 + (x % (last - 1))
            acknowledge(0, [{ first, last: Math.min(last, first + y) }])
          } else if (kind === 'lose') {
            log.requeue(on, () => true)
            for (const [sequence, carrier] of model) if (carrier === x % 3) model.set(sequence, undefined)
            expect(on.inFlightFrames).toBe(0)
          } else if (kind === 'resend') {
            const lowest = [...model].filter(([, carrier]) => carrier === undefined).map(([sequence]) => sequence)[0]
            const frame = log.nextWaiting()
            expect(frame?.sequence).toBe(lowest)
            if (frame !== undefined) {
              log.sentAgain(frame, on)
              on.frameSent(frame, 1)
              model.set(frame.sequence, x % 3)
              expect(frame.repeated).toBe(true)
            }
          }
          expect(log.bytes).toBe(model.size * (100 + FRAME_OVERHEAD_BYTES))
          expect(log.waiting).toBe([...model.values()].filter((carrier) => carrier === undefined).length)
          links.forEach((each, at) => {
            const carried = [...model.values()].filter((carrier) => carrier === at).length
            expect([each.inFlightFrames, each.inFlightBytes]).toEqual([carried, carried * 100])
          })
        }
        expect(new Set(released).size).toBe(released.length)
      }),
      { numRuns: 400 },
    )
  })

  it('lets go of the bytes of a frame in the middle at once, and of its place with those before it', () => {
    const [log, on] = [new SendLog(), link(0)]
    const frames = [append(log, on), append(log, on), append(log, on)]
    log.acknowledge(0, [{ first: 2, last: 2 }], () => undefined)
    expect([frames[1]!.bytes.length, log.frames, log.bytes]).toEqual([0, 3, 2 * (100 + FRAME_OVERHEAD_BYTES)])
    log.acknowledge(1, [], () => undefined)
    expect(log.frames).toBe(1)
  })

  it('is full with as many as the protocol allows, also when those in the middle are acknowledged', () => {
    const [log, on] = [new SendLog(), link(0)]
    for (let count = 0; count < UNACKNOWLEDGED_FRAMES_MAX; count++) append(log, on, 1)
    expect(log.isFull).toBe(true)
    log.acknowledge(0, [{ first: 2, last: UNACKNOWLEDGED_FRAMES_MAX }], () => undefined)
    expect(log.isFull).toBe(true)
    log.acknowledge(1, [], () => undefined)
    expect([log.isFull, log.frames, log.bytes]).toEqual([false, 0, 0])
  })

  it('refuses an acknowledgement of what was never sent, and changes nothing by it', () => {
    const [log, on] = [new SendLog(), link(0)]
    append(log, on)
    for (const [cumulative, ranges] of [
      [2, []],
      [0, [{ first: 2, last: 2 }]],
      [0, [{ first: 1, last: 2 ** 47 }]],
    ] as const) {
      expect(() => log.acknowledge(cumulative, [...ranges], () => undefined)).toThrow('is the last that was sent')
    }
    expect([log.frames, on.inFlightFrames]).toEqual([1, 1])
  })

  it('ignores an acknowledgement that is older than another', () => {
    const [log, on] = [new SendLog(), link(0)]
    for (let count = 0; count < 5; count++) append(log, on)
    log.acknowledge(4, [], () => undefined)
    log.acknowledge(2, [{ first: 4, last: 4 }], () => {
      throw new Error('released twice')
    })
    expect(log.frames).toBe(1)
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  FIRST_SESSION_WINDOW_BYTES,
  FIRST_STREAM_WINDOW_BYTES,
  FIRST_STREAMS_LIMIT,
  UNACKNOWLEDGED_FRAMES_MAX,
} from '../../src/core/frame/constants.ts'
import { defaultSessionLimits, FRAME_OVERHEAD_BYTES } from '../../src/core/session/limits.ts'
import { forge } from './forge.ts'
import type { HostileLink } from './hostile-peer.ts'
import { Victim } from './victim.ts'

const MIB = 1024 * 1024
/** What a stream may cost with Node's `Duplex` around it, empty. */
const STREAM_BYTES = 8 * 1024
/** What a `Duplex` takes from the application beyond what the session took: its high-water mark and one chunk. */
const WRITTEN_AHEAD_BYTES = 128 * 1024
/** What waits for a reader may keep so much alive for each of its bytes, if the peer cuts it for that. */
const KEPT_PER_BYTE = 2
/** Whatever else a link and a session need, and what the collector has not yet found. */
const MARGIN_BYTES = 6 * MIB

let victim: Victim
let idleBytes: number
/** The link of the case that runs. */
let open: HostileLink | undefined
const peaks: string[] = []

beforeAll(async () => {
  victim = await Victim.start()
  // The first session brings code and tables that stay.
  const link = await dial()
  link.send(forge.open(1, stream(1), 'sink'), forge.data(2, stream(1), 0, 10_000))
  await sleep(200)
  await newSession()
})

afterEach(newSession)

afterAll(async () => {
  await victim.stop()
  process.stdout.write(`memory of a node under attack, above ${show(idleBytes)} at rest:\n${peaks.join('\n')}\n`)
})

const show = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
const stream = (count: number): number => victim.mallory.stream(count)

async function dial(): Promise<HostileLink> {
  open = await tryToDial()
  expect(open.isAttached).toBe(true)
  return open
}

async function tryToDial(): Promise<HostileLink> {
  const link = await victim.mallory.dial()
  await until(() => link.isAttached || link.isClosed)
  return link
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await sleep(2)
}

/** Writes without regard of what the other side takes, but not more than this process can hold. */
async function send(link: HostileLink, frames: Iterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = []
  for (const frame of frames) {
    batch.push(frame)
    if (batch.length < 200) continue
    if (!link.send(...batch)) await link.drainedOnce()
    batch = []
  }
  link.send(...batch)
}

/** All that was sent has been taken in, if the link still lives: a PING behind it is answered. One in a flood of them may not be. */
async function settled(link: HostileLink): Promise<void> {
  const token = 0xab_cdef
  const answered = (): boolean => link.frames.some((frame) => frame.type === 'pong' && frame.token === token)
  while (!link.isClosed && !answered()) {
    link.send(forge.ping(token))
    const againMs = performance.now() + 100
    await until(() => link.isClosed || answered() || performance.now() > againMs)
  }
  // The last words of a link that has ended are looked at.
  if (!link.isClosed) link.frames.length = 0
}

/** Ends the session, so that the next case begins with nothing, whatever became of this one, and is measured against the node at rest. */
async function newSession(): Promise<void> {
  if (open === undefined) return
  open.close('session-lost', 'session')
  await until(() => open?.isClosed !== false)
  open = undefined
  victim.mallory.epoch++
  await victim.peakBytes()
  idleBytes = await victim.peakBytes()
}

/** What was sent broke no rule, so the measure is of what it is said to be of. */
function expectToLive(link: HostileLink): void {
  expect([link.goodbye, link.isClosed]).toEqual([undefined, false])
}

async function expectPeakBelow(what: string, boundBytes: number): Promise<void> {
  const peak = (await victim.peakBytes()) - idleBytes
  peaks.push(`  ${what.padEnd(62)} ${show(peak).padStart(9)}  bound ${show(boundBytes)}`)
  expect(victim.isAlive).toBe(true)
  expect(peak).toBeLessThan(boundBytes + MARGIN_BYTES)
}

function* dataOf(first: number, id: number, pieces: number, bytes: number): Generator<Uint8Array> {
  for (let at = 0; at < pieces; at++) yield forge.data(first + at, id, at * bytes, bytes)
}

describe('a node stays within its bounds against a peer that', () => {
  it('opens every stream that it may and fills the window, where nobody reads', async () => {
    const link = await dial()
    const each = FIRST_SESSION_WINDOW_BYTES / FIRST_STREAMS_LIMIT
    await send(
      link,
      (function* () {
        for (let at = 0; at < FIRST_STREAMS_LIMIT; at++) {
          yield forge.open(2 * at + 1, stream(at + 1), 'hoard')
          yield forge.data(2 * at + 2, stream(at + 1), 0, each)
        }
      })(),
    )
    await settled(link)
    expectToLive(link)
    await expectPeakBelow(
      'opens 1,024 streams, fills all windows, unread',
      FIRST_SESSION_WINDOW_BYTES + FIRST_STREAMS_LIMIT * STREAM_BYTES,
    )
  })

  it('sends as much as it may, into as many streams as it may, where nobody reads', async () => {
    const link = await dial()
    const limits = growing(link)
    // The window as it was at first and what it grows to, and as much again that is credited ahead of slow readers.
    const granted = FIRST_SESSION_WINDOW_BYTES + 2 * defaultSessionLimits.sessionWindowBytesMax
    let [sequence, sent, stuck] = [1, 0, false]
    for (let count = 1; count <= FIRST_STREAMS_LIMIT && !stuck; count++) {
      link.send(forge.open(sequence++, stream(count), 'hoard'))
      for (let offset = 0; offset < FIRST_STREAM_WINDOW_BYTES && !stuck; offset += 32_768) {
        const stuckMs = performance.now() + 1_500
        await until(() => limits.session >= sent + 32_768 || performance.now() > stuckMs || link.isClosed)
        stuck = limits.session < sent + 32_768
        if (stuck) break
        if (!link.send(forge.data(sequence++, stream(count), offset, 32_768))) await link.drainedOnce()
        sent += 32_768
      }
    }
    await settled(link)
    expectToLive(link)
    expect(sent).toBeLessThanOrEqual(granted)
    await expectPeakBelow(`sends ${show(sent)}, all that it is ever granted, unread`, KEPT_PER_BYTE * sent)
  })

  it('opens every stream that it may and reads nothing of what the application writes', async () => {
    const link = await dial()
    link.acknowledges = false
    await send(
      link,
      (function* () {
        for (let at = 1; at <= FIRST_STREAMS_LIMIT; at++) yield forge.open(at, stream(at), 'write')
      })(),
    )
    await settled(link)
    await sleep(100)
    const bound = defaultSessionLimits.unacknowledgedBytes + FIRST_STREAMS_LIMIT * (STREAM_BYTES + WRITTEN_AHEAD_BYTES)
    await expectPeakBelow('opens 1,024 streams, reads and acknowledges nothing', bound)
  })

  it('sends frames of one byte into streams that nobody reads', async () => {
    const link = await dial()
    for (let at = 0; at < 4; at++) {
      const first = 1 + at * (FIRST_STREAM_WINDOW_BYTES + 1)
      link.send(forge.open(first, stream(at + 1), 'hoard'))
      await send(link, dataOf(first + 1, stream(at + 1), FIRST_STREAM_WINDOW_BYTES, 1))
      await settled(link)
    }
    expectToLive(link)
    await expectPeakBelow(
      'fills all windows with frames of one byte, unread',
      KEPT_PER_BYTE * FIRST_SESSION_WINDOW_BYTES,
    )
  })

  it('sends frames of one byte into a stream that is read slowly', async () => {
    const link = await dial()
    link.send(forge.open(1, stream(1), 'slow'))
    await send(link, dataOf(2, stream(1), 200_000, 1))
    await settled(link)
    expectToLive(link)
    await expectPeakBelow('200,000 frames of one byte, read slowly', KEPT_PER_BYTE * FIRST_STREAM_WINDOW_BYTES)
  })

  it('never acknowledges, while the application writes whatever it may', async () => {
    const link = await dial()
    link.acknowledges = false
    link.send(forge.sessionWindow(1, 2 ** 47), forge.open(2, stream(1), 'write'), forge.window(3, stream(1), 2 ** 47))
    await settled(link)
    await sleep(200)
    await expectPeakBelow('never acknowledges', defaultSessionLimits.unacknowledgedBytes + WRITTEN_AHEAD_BYTES)
  })

  it('acknowledges until all limits have grown, and then nothing', async () => {
    const link = await dial()
    link.send(forge.sessionWindow(1, 2 ** 47), forge.open(2, stream(1), 'write'), forge.window(3, stream(1), 2 ** 47))
    await until(() => link.dataBytes > 100 * MIB)
    link.acknowledges = false
    await sleep(300)
    await expectPeakBelow(
      'acknowledges 100 MiB, then nothing',
      defaultSessionLimits.unacknowledgedBytesMax + WRITTEN_AHEAD_BYTES,
    )
  })

  it('lets all windows grow, and then leaves a gap open and sends everything else', async () => {
    const link = await dial()
    const windows = growing(link)
    link.send(forge.open(1, stream(1), 'sink'))
    let [sequence, offset] = [2, 0]
    while (offset < 48 * MIB) {
      const room = Math.min(windows.stream, windows.session) - offset
      if (room < 65_516)
        await until(() => Math.min(windows.stream, windows.session) - offset >= 65_516 || link.isClosed)
      if (!link.send(forge.data(sequence++, stream(1), offset, 65_516))) await link.drainedOnce()
      offset += 65_516
    }
    await settled(link)
    await victim.peakBytes()
    // The byte at `offset` never comes.
    const room = Math.min(windows.stream, windows.session) - offset - 1
    const size = Math.min(65_516, Math.floor(room / UNACKNOWLEDGED_FRAMES_MAX))
    const count = Math.min(UNACKNOWLEDGED_FRAMES_MAX - 1, Math.floor(room / size))
    await send(
      link,
      (function* () {
        // Every second byte is missing, so that no two frames can be kept together.
        for (let at = 0; at < count; at++)
          yield forge.data(sequence + 1 + at, stream(1), offset + 1 + at * size, size - 1)
      })(),
    )
    await settled(link)
    expectToLive(link)
    const bound = room + UNACKNOWLEDGED_FRAMES_MAX * FRAME_OVERHEAD_BYTES
    await expectPeakBelow(`a gap, and ${show(room)} in ${count} pieces behind it`, bound)
    expect(bound).toBeLessThanOrEqual(defaultSessionLimits.streamWindowBytesMax + 4 * MIB)
  })

  it('sends a frame in pieces of one byte behind a gap', async () => {
    const link = await dial()
    const frame = forge.data(2, stream(1), 1, 40_000)
    for (let at = 0; at < frame.length; at++) {
      if (!link.send(frame.subarray(at, at + 1))) await link.drainedOnce()
    }
    await settled(link)
    expectToLive(link)
    await expectPeakBelow('one frame in 40,000 TLS records, behind a gap', FIRST_STREAM_WINDOW_BYTES)
  })

  it('floods it with PING, and reads no PONG', async () => {
    const link = await dial()
    await send(
      link,
      (function* () {
        for (let token = 0; token < 200_000; token++) yield forge.ping(token)
      })(),
    )
    await settled(link)
    await expectPeakBelow('200,000 PINGs', MIB)
  })

  it('opens and resets streams until its session is ended for it', async () => {
    const link = await dial()
    const limits = growing(link)
    let sequence = 1
    for (let count = 1; count <= 10_000 && !link.isClosed; count++) {
      if (count > limits.streams) await until(() => count <= limits.streams || link.isClosed)
      const id = stream(count)
      link.send(forge.open(sequence++, id, 'hoard'), forge.reset(sequence++, id, 0), forge.stop(sequence++, id, 1))
      if (count % 256 === 0) await settled(link)
    }
    await settled(link)
    expect(link.rule).toBe('reset-flood')
    await expectPeakBelow('OPEN, RESET, STOP, up to the end of the session', FIRST_STREAMS_LIMIT * STREAM_BYTES)
  })

  it('closes and dials again without end', async () => {
    let refused = 0
    for (let count = 0; count < 150; count++) {
      const link = await tryToDial()
      if (link.refusal?.code === 'busy') refused++
      link.send(forge.ack(0))
      if (count % 2 === 0) link.close()
      else link.channel.destroy()
      await until(() => link.isClosed)
    }
    expect(refused).toBeGreaterThan(0)
    await expectPeakBelow('150 times CLOSE and dial', MIB)
  })
})

/** The limits that the victim grants. */
function growing(link: HostileLink): { stream: number; session: number; streams: number } {
  const limits = {
    stream: FIRST_STREAM_WINDOW_BYTES,
    session: FIRST_SESSION_WINDOW_BYTES,
    streams: FIRST_STREAMS_LIMIT,
  }
  link.onFrame = (frame) => {
    if (frame.type === 'window') limits.stream = frame.limit
    else if (frame.type === 'sessionWindow') limits.session = frame.limit
    else if (frame.type === 'streams') limits.streams = frame.limit
  }
  return limits
}

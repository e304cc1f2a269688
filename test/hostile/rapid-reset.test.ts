import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CANCELLED_STREAM_ALLOWANCE } from '../../src/core/session/limits.ts'
import { forge } from './forge.ts'
import type { HostileLink } from './hostile-peer.ts'
import { Stage } from './stage.ts'

const { atOnce } = CANCELLED_STREAM_ALLOWANCE

let stage: Stage
let served: number

beforeEach(async () => {
  stage = await Stage.set()
  served = 0
  stage.victim.handle('work', () => void served++)
  stage.victim.handle('answer', (stream) => void stream.resume().end('done'))
})

afterEach(async () => {
  expect(await stage.harm()).toEqual([])
  await stage.close()
})

/** A peer that keeps to the limits of streams, and sends a batch of frames for each of its streams. */
class Flood {
  readonly link: HostileLink
  #streams = 0
  #sequence = 0
  #limit = 1_024

  constructor(link: HostileLink) {
    this.link = link
    link.onFrame = (frame) => {
      if (frame.type === 'streams') this.#limit = frame.limit
    }
  }

  /** Frames for one stream more, with their numbers; none while the victim allows no more. */
  next(frames: (id: number, sequence: () => number) => Uint8Array[]): Uint8Array[] {
    if (this.#streams === this.#limit) return []
    return frames(stage.mallory.stream(++this.#streams), () => ++this.#sequence)
  }

  get streams(): number {
    return this.#streams
  }
}

async function attacker(): Promise<Flood> {
  const link = await stage.wait(stage.mallory.dial())
  await stage.run(200)
  expect(link.isAttached).toBe(true)
  return new Flood(link)
}

/** Sends so many of them, as fast as the victim raises its limit, within `ms`. */
async function flood(by: Flood, count: number, ms: number, frames: Parameters<Flood['next']>[0]): Promise<void> {
  const endMs = stage.clock.now() + ms
  while (by.streams < count && stage.clock.now() < endMs && !by.link.isClosed) {
    for (let batch = 0; batch < 100 && by.streams < count; batch++) by.link.send(...by.next(frames))
    await stage.run(20)
  }
}

describe('a peer that opens streams and resets them early', () => {
  it('ends its session by the rule reset-flood, after 1,000 at once', async () => {
    const by = await attacker()
    await flood(by, 10_000, 10_000, (id, sequence) => [
      forge.open(sequence(), id, 'work'),
      forge.reset(sequence(), id, 0),
    ])
    await stage.run(200)
    expect(by.link.rule).toBe('reset-flood')
    expect(by.streams).toBeLessThan(2 * atOnce)
  })

  it('likewise with STOP in the place of RESET, and FIN behind it', async () => {
    const by = await attacker()
    await flood(by, 10_000, 10_000, (id, sequence) => [
      forge.open(sequence(), id, 'work'),
      forge.stop(sequence(), id),
      forge.fin(sequence(), id, 0),
    ])
    await stage.run(200)
    expect(by.link.rule).toBe('reset-flood')
  })

  it('calls no handler where one read brings OPEN and RESET together', async () => {
    const by = await attacker()
    by.link.send(
      Buffer.concat(
        Array.from({ length: 500 }, () =>
          by.next((id, sequence) => [forge.open(sequence(), id, 'work'), forge.reset(sequence(), id, 0)]),
        ).flat(),
      ),
    )
    await stage.run(500)
    expect(served).toBe(0)
    expect(by.link.isClosed).toBe(false)
  })

  it('keeps its session with 30 of them a second, for as long as it likes', async () => {
    const by = await attacker()
    for (let tick = 0; tick < 1_000; tick++) {
      by.link.send(
        ...[1, 2, 3].flatMap(() =>
          by.next((id, sequence) => [forge.open(sequence(), id, 'work'), forge.reset(sequence(), id, 0)]),
        ),
      )
      await stage.run(100)
    }
    expect([by.link.rule, by.link.isClosed, by.streams]).toEqual([undefined, false, 3_000])
  })

  it('keeps its session where the victim has answered or stopped the streams itself', async () => {
    const by = await attacker()
    stage.victim.handle('unwanted', (stream) => stream.reset(256))
    for (const protocol of ['answer', 'unwanted', 'nobody serves it']) {
      const resets: Uint8Array[] = []
      await flood(by, by.streams + 600, 20_000, (id, sequence) => {
        const open = forge.open(sequence(), id, protocol)
        resets.push(forge.reset(sequence(), id, 0))
        return [open]
      })
      by.link.send(...resets)
      await stage.run(500)
    }
    expect(by.streams).toBe(1_800)
    expect([by.link.rule, by.link.isClosed]).toEqual([undefined, false])
  })
})

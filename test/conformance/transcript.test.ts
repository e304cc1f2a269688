import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { frameTypes } from '../../src/core/frame/constants.ts'
import { FrameDecoder } from '../../src/core/frame/decode.ts'
import { Replay } from '../fixtures/replay.ts'
import { Actor, idOf } from '../fixtures/scene.ts'
import { scenes } from '../fixtures/scenes.ts'
import { meaningOf, packHex, type RecordedScene, readTranscript, unpackHex } from '../fixtures/transcript.ts'
import { Collector } from '../hostile/collector.ts'
import { type AnyFrame, encodeAny } from '../hostile/frame-arbitraries.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'

const transcripts = globSync('test/fixtures/wire-*.jsonl').toSorted().map(readTranscript)
/** The kinds of frames that each version has; those of later ones are not in the recordings of earlier ones. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  '1.0': [
    'hello',
    'answer',
    'refuse',
    'attach',
    'ack',
    'ping',
    'pong',
    'close',
    'data',
    'open',
    'fin',
    'reset',
    'stop',
    'window',
    'sessionWindow',
    'streams',
  ],
}

describe.each(transcripts)('A10: the recorded wire $wire', ({ wire, scenes: recordedScenes }) => {
  const frames = recordedScenes.flatMap((scene) => scene.frames)

  it('has every kind of frame of its version in it', () => {
    const expected = kinds[wire] ?? Object.keys(frameTypes)
    expect(new Set(frames.map(({ frame }) => frame['type']))).toEqual(new Set(expected))
    expect(frames.some(({ frame }) => frame['type'] === 'ack' && (frame['ranges'] as unknown[]).length > 0)).toBe(true)
  })

  it('means today what it meant when it was recorded', () => {
    for (const { frame, hex } of frames) {
      const bytes = unpackHex(hex)
      expect(meaningOf(bytes)).toMatchObject(frame)
      expect(packHex(bytes)).toBe(hex)
    }
  })

  it('is written today with the same bytes', () => {
    for (const { hex } of frames) {
      const bytes = unpackHex(hex)
      const collector = new Collector()
      new FrameDecoder(collector).push(bytes)
      expect(packHex(encodeAny(collector.frames[0] as AnyFrame))).toBe(hex)
    }
  })

  const sides = (['alice', 'bob'] as const).flatMap((present) =>
    recordedScenes.map((recorded) => ({ present, recorded, about: `${recorded.scene}: ${recorded.about}` })),
  )
  it.each(sides)('plays $present of today as it played that of then, in $about', async ({ present, recorded }) => {
    const clock = new VirtualClock()
    const { actor, replay } = stage(recorded, present, clock)
    let outcome = 'it waits for what does not come'
    actor.play().then(
      () => (outcome = 'played'),
      (error: unknown) => (outcome = String(error)),
    )
    await clock.run(scenes.find(({ name }) => name === recorded.scene)!.lengthMs)
    expect(outcome).toBe('played')
    expect(replay.problems).toEqual([])
    const notes = (list: readonly object[]): string[] => list.map((note) => JSON.stringify(note)).toSorted()
    expect(notes(actor.notes)).toEqual(notes(recorded.notes.filter(({ node }) => node === present)))
    const violations = replay.heard.filter((frame) => frame['type'] === 'close' && frame['code'] === 'violation')
    expect(violations).toEqual([])
    const came = recorded.links.flatMap((link) => replay.framesOn(link)).length
    expect(replay.fed).toBeGreaterThan(0.8 * came)
  })
})

function stage(
  recorded: RecordedScene,
  present: 'alice' | 'bob',
  clock: VirtualClock,
): { actor: Actor; replay: Replay } {
  const scene = scenes.find(({ name }) => name === recorded.scene)
  if (scene === undefined) throw new Error(`The scene ${recorded.scene} is not there any more`)
  expect(recorded.ids[present]).toBe(idOf(scene, present))
  const replay = new Replay(recorded, present, clock)
  const post = Promise.withResolvers<string>()
  if (recorded.ticket !== undefined) post.resolve(recorded.ticket)
  return { actor: new Actor(scene, present, clock.view(), replay.transport, post), replay }
}

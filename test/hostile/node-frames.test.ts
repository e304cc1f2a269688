import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeAttach } from '../../src/core/frame/encode.ts'
import { forge } from './forge.ts'
import type { HostileLink } from './hostile-peer.ts'
import { allocate } from './party.ts'
import { Stage } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.set()
  stage.victim.handle('sink', (stream) => void stream.resume())
  stage.victim.handle('hoard', () => undefined)
})

afterEach(async () => {
  expect(await stage.harm()).toEqual([])
  await stage.close()
})

async function attached(): Promise<HostileLink> {
  const link = await stage.wait(stage.mallory.dial())
  await stage.run(200)
  expect(link.isAttached).toBe(true)
  return link
}

const s = (count: number): number => stage.mallory.stream(count)
const sOther = (count: number): number => s(count) ^ 1

/** What breaks which rule, once a link is attached. */
const violations: readonly (readonly [rule: string, what: string, frames: () => Uint8Array[]])[] = [
  ['frame-type', 'a link frame that does not exist', () => [forge.raw(0x09, Buffer.of(1))]],
  ['frame-type', 'a type beyond all ranges', () => [forge.raw(0xff, Buffer.of(1))]],
  ['frame-length', 'an announced length of 16 MiB', () => [forge.raw(0x06, Buffer.alloc(0), 0xff_ffff)]],
  ['frame-length', 'DATA without payload', () => [forge.raw(0x20, Buffer.alloc(16))]],
  ['frame-length', 'DATA of more than 64 KiB', () => [forge.raw(0x20, Buffer.alloc(16), 65_533)]],
  ['frame-length', 'PING with a byte behind it', () => [forge.raw(0x06, Buffer.alloc(5))]],
  ['frame-length', 'FIN that is too short', () => [forge.raw(0x22, Buffer.alloc(15))]],
  ['frame-body', 'ACK with 33 ranges', () => [forge.raw(0x05, Buffer.from([...Buffer.alloc(6), 33]))]],
  ['frame-body', 'CLOSE with scope 2', () => [forge.raw(0x08, Buffer.from([2, 0, 1]))]],
  ['frame-body', 'OPEN with priority 8', () => [forge.open(1, s(1), 'sink', 8)]],
  ['frame-length', 'OPEN without a protocol', () => [forge.raw(0x21, Buffer.alloc(11))]],
  ['text', 'a protocol that is not UTF-8', () => [forge.raw(0x21, Buffer.from([...Buffer.alloc(11), 0xc3, 0x28]))]],
  ['text', 'a reason of 256 bytes', () => [forge.raw(0x08, Buffer.from([0, 0, 1, ...Buffer.alloc(256, 65)]))]],
  ['handshake-order', 'a second HELLO', () => [stage.mallory.hello()]],
  ['handshake-order', 'REFUSE on a link that is attached', () => [forge.raw(0x03, Buffer.from([0, 5]))]],
  ['attach-epoch', 'ATTACH that restates another epoch', () => [restated({ epoch: stage.mallory.epoch + 1 })]],
  ['attach-epoch', 'ATTACH with epoch 0', () => [restated({ epoch: 0 })]],
  ['acknowledgement-unsent', 'ACK of what was never sent', () => [forge.ack(1_000)]],
  ['acknowledgement-unsent', 'ACK with a range that was never sent', () => [forge.ack(0, [{ first: 7, last: 8 }])]],
  ['acknowledgement-unsent', 'ATTACH that acknowledges what was never sent', () => [restated({ received: 1_000 })]],
  ['acknowledgement-form', 'ranges that touch', () => [forge.ack(0, [{ first: 1, last: 1 }])]],
  ['acknowledgement-form', 'a range that ends before it begins', () => [forge.ack(0, [{ first: 5, last: 4 }])]],
  ['sequence-zero', 'number 0', () => [forge.open(0, s(1))]],
  ['sequence-jump', 'a number 16,385 ahead', () => [forge.open(16_385, s(1))]],
  ['sequence-jump', 'a number of another life', () => [forge.data(2 ** 40, s(1), 0, 1)]],
  ['stream-id', 'a stream of the victim that it never opened', () => [forge.window(1, sOther(1), 300_000)]],
  ['stream-id', 'stream 0', () => [forge.data(1, 0, 0, 1)]],
  ['stream-id', 'OPEN of a stream in the name of the victim', () => [forge.open(1, sOther(1))]],
  ['stream-limit', 'stream 1,025', () => [forge.open(1, s(1_025))]],
  ['stream-reopened', 'OPEN twice', () => [forge.open(1, s(1), 'hoard'), forge.open(2, s(1), 'hoard')]],
  ['window-shrunk', 'a window below the first', () => [forge.open(1, s(1), 'hoard'), forge.window(2, s(1), 1)]],
  ['window-shrunk', 'a session window below the first', () => [forge.sessionWindow(1, 1_048_575)]],
  ['window-shrunk', 'a session window that shrinks', () => [forge.sessionWindow(1, 3e6), forge.sessionWindow(2, 2e6)]],
  ['window-shrunk', 'a limit of streams that shrinks', () => [forge.streams(1, 1_023)]],
  [
    'window-exceeded',
    'a byte beyond the window',
    () => [forge.open(1, s(1), 'hoard'), ...filled(2, 1, 262_144), forge.data(7, s(1), 262_144, 1)],
  ],
  [
    'window-exceeded',
    'FIN with a size beyond the window',
    () => [forge.open(1, s(1), 'hoard'), forge.fin(2, s(1), 262_145)],
  ],
  ['window-exceeded', 'RESET with a size beyond the window', () => [forge.reset(1, s(1), 2 ** 40)]],
  [
    'session-window-exceeded',
    'sizes whose sum is beyond the window',
    () => [1, 2, 3, 4, 5].map((at) => forge.fin(at, s(at), 262_144)),
  ],
  ['size-exceeded', 'bytes behind FIN', () => [forge.fin(1, s(1), 10), forge.data(2, s(1), 0, 11)]],
  ['size-exceeded', 'FIN before bytes that have come', () => [forge.data(1, s(1), 0, 11), forge.fin(2, s(1), 10)]],
  ['size-exceeded', 'RESET before bytes that have come', () => [forge.data(1, s(1), 0, 11), forge.reset(2, s(1), 10)]],
  ['size-changed', 'FIN twice, of different sizes', () => [forge.fin(1, s(1), 10), forge.fin(2, s(1), 11)]],
  ['size-changed', 'RESET after FIN, of another size', () => [forge.fin(1, s(1), 10), forge.reset(2, s(1), 11)]],
  ['size-changed', 'RESET twice, of different sizes', () => [forge.reset(1, s(1), 10), forge.reset(2, s(1), 11)]],
  [
    'offset-gap',
    'bytes that leave a gap where no frame is missing',
    () => [forge.open(1, s(1), 'hoard'), forge.data(2, s(1), 5, 1)],
  ],
]

function restated(change: Parameters<typeof stage.mallory.statement>[0]): Uint8Array {
  const { mallory } = stage
  const link = mallory.held.at(-1)!
  return encodeAttach(allocate, { ...mallory.statement(), link, held: [link], ...change })
}

function filled(sequence: number, stream: number, bytes: number): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let offset = 0; offset < bytes; offset += 65_516) {
    frames.push(forge.data(sequence + frames.length, s(stream), offset, Math.min(65_516, bytes - offset)))
  }
  return frames
}

describe('a peer that breaks the protocol on a link that is attached is told the rule, and nobody else notices', () => {
  it.each(violations)('%s: %s', async (rule, _what, frames) => {
    const link = await attached()
    link.send(...frames())
    await stage.run(1_000)
    expect(link.rule).toBe(rule)
    expect(link.isClosed).toBe(true)
    expect(stage.losses).toEqual(['protocol-error'])
    // The peer may come back, in another epoch.
    const again = await attached()
    expect(again.rule).toBeUndefined()
    expect(stage.mallory.epoch).toBe(2)
  })
})

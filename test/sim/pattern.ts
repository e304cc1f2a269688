import { Random } from './random.ts'

/** Streams of a simulation are shorter, so that no two offsets of one hold the same bytes. */
const PERIOD_BYTES = 4 * 1024 * 1024
/** No piece that is written or read is longer. */
export const PIECE_BYTES_MAX = 1024 * 1024

const block = makeBlock()

/** The content of a stream, a pure function of its tag and the offset; a view that must not be changed. */
export function contentOf(tag: number, offset: number, length: number): Buffer {
  const from = placeOf(tag, offset)
  return block.subarray(from, from + length)
}

/** Where `bytes` differ from what belongs at `offset`; -1 if they do not. */
export function firstDifference(tag: number, offset: number, bytes: Uint8Array): number {
  const expected = contentOf(tag, offset, bytes.length)
  if (expected.equals(bytes)) return -1
  let at = 0
  while (bytes[at] === expected[at]) at++
  return at
}

/** At which offset of the stream `bytes` belong, if anywhere below `size`; eight bytes are enough to tell. */
export function offsetOf(tag: number, bytes: Uint8Array, size: number): number | undefined {
  const found = block.indexOf(bytes.subarray(0, 64))
  if (found === -1) return undefined
  const offset = (found - placeOf(tag, 0) + PERIOD_BYTES) % PERIOD_BYTES
  return offset < size ? offset : undefined
}

/** Each tag begins at a place of its own. */
function placeOf(tag: number, offset: number): number {
  return ((Math.imul(tag, 0x9e3779b1) >>> 0) + offset) % PERIOD_BYTES
}

function makeBlock(): Buffer {
  const random = new Random(0x484f4c44, 0x46415354)
  const words = new Uint32Array((PERIOD_BYTES + PIECE_BYTES_MAX) / 4)
  for (let index = 0; index < PERIOD_BYTES / 4; index++) words[index] = random.u32()
  words.copyWithin(PERIOD_BYTES / 4, 0, PIECE_BYTES_MAX / 4)
  return Buffer.from(words.buffer)
}

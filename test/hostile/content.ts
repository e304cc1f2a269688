/** The byte that every honest and hostile writer of these tests puts at that place of that stream. */
function byteAt(stream: number, offset: number): number {
  return (Math.imul(stream + 1, 0x9e37_79b1) ^ Math.imul(offset + 1, 0x85eb_ca6b)) >>> 24
}

export function contentOf(stream: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = byteAt(stream, offset + at)
  return bytes
}

/** Where `bytes`, said to begin at `offset`, differ from the stream's content; undefined if they do not. */
export function firstDifference(stream: number, offset: number, bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== byteAt(stream, offset + at)) return offset + at
  return undefined
}

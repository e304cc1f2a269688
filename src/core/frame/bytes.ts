/** Makes the arrays that frames are written into; their content need not be zeroed. */
export type Allocate = (size: number) => Uint8Array

const TWO_32 = 4_294_967_296

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function readU24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

export function readU48(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at) * TWO_32 + readU32(bytes, at + 2)
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function writeU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function writeU48(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, Math.floor(value / TWO_32))
  writeU32(bytes, at + 2, value >>> 0)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Text cut to `bytesMax` bytes of UTF-8, without splitting a character. */
export function fitText(text: string, bytesMax: number): string {
  let fit = text
  while (encodeText(fit).length > bytesMax) {
    fit = fit.slice(0, Math.min(fit.length - 1, bytesMax)).replace(/[\uD800-\uDBFF]$/, '')
  }
  return fit
}

/** Throws `TypeError` on bytes that are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** A copy of some bytes, that keeps nothing else in memory. Not `slice`: that of Node's `Buffer` is a view of the whole piece. */
export function copyBytes(bytes: Uint8Array, from = 0, to = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to))
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

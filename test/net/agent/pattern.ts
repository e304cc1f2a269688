/** The bytes that a stream carries at `offset`. Each word of four bytes is another one for 16 GiB, so none can go missing, come twice or change places unseen. */
export function pattern(offset: number, length: number): Buffer {
  const skip = offset % 4
  const words = new Uint32Array(Math.ceil((skip + length) / 4))
  const first = (offset - skip) / 4
  for (let index = 0; index < words.length; index++) words[index] = mix(first + index)
  return Buffer.from(words.buffer, skip, length)
}

/** One to one on words of 32 bits, so that equal words have equal places. */
function mix(index: number): number {
  const spread = Math.imul(index ^ (index >>> 16), 0x85eb_ca6b)
  return spread ^ (spread >>> 13)
}

/** Bytes that left together. */
export interface Block {
  readonly bytes: Uint8Array
  /** Where the writer's chunks ended. */
  readonly borders: readonly number[]
}

/** At most so many cuts are made in a block that is handed over in shreds. */
const CUTS_MAX = 4

/**
 * Hands over a block the way a reader of TCP gets it: with other borders than the writer's. Some come whole, some as written,
 * some in shreds,
 * so that whoever decodes them meets every split.
 */
export function handPieces({ bytes, borders }: Block, random: () => number, hand: (piece: Uint8Array) => void): void {
  const kind = random()
  if (kind < 0.5) hand(bytes)
  else if (kind < 0.75) handBetween(bytes, borders, hand)
  else handBetween(bytes, cuts(bytes.length, random), hand)
}

function handBetween(bytes: Uint8Array, borders: readonly number[], hand: (piece: Uint8Array) => void): void {
  let from = 0
  for (const border of borders) {
    hand(bytes.subarray(from, border))
    from = border
  }
}

/** Many of the pieces are tiny, as where a header is torn apart. */
function cuts(length: number, random: () => number): number[] {
  const borders: number[] = []
  let at = 0
  while (borders.length < CUTS_MAX && length - at > 1) {
    at += 1 + Math.floor(random() ** 4 * (length - at - 1))
    borders.push(at)
  }
  return at < length ? [...borders, length] : borders
}

import { type PeerId, shortPeerId } from './peer-id.ts'

/** The longest name that is kept, in characters. */
const NAME_LENGTH_MAX = 64

/** What the store takes for control characters, and invisible ones. */
const unfit = /[\p{C}\p{Zl}\p{Zp}]/u

/** Fit to be stored and shown: no control characters. */
export function isPlain(text: string): boolean {
  return text.length > 0 && !unfit.test(text)
}

/** A name from another node, made fit to be shown; the short id where nothing is left of it. */
export function cleanName(name: string, id: PeerId): string {
  const plain = name.replace(new RegExp(unfit, 'gu'), '').trim()
  return plain === '' ? shortPeerId(id) : Array.from(plain).slice(0, NAME_LENGTH_MAX).join('')
}

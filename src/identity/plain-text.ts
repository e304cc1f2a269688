/** What the store takes for control characters, and invisible ones. */
const unfit = /[\p{C}\p{Zl}\p{Zp}]/u

/** Fit to be stored and shown: no control characters. */
export function isPlain(text: string): boolean {
  return text.length > 0 && !unfit.test(text)
}

// What people paste: a word of one's own making (an id, a ticket) with what chats, mails, terminals and phones put around and into it.

/** What is not seen: zero-width space and joiners, byte order mark, soft hyphen, marks of direction. */
const unseen = /[\p{Cf}\p{Variation_Selector}]/gu
/** Quotes, brackets, backticks, bullets, full stops: anything that is no letter or digit, at either end. */
const aroundWords = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu
/** More pieces than any ticket is wrapped into. */
const PIECES_MAX = 128

/** A text without what is not seen, and without blanks, quotes and full stops around it. */
export function unwrapped(text: string): string {
  return text.replace(unseen, '').replace(aroundWords, '')
}

/** The same for a word that lines were broken in. */
export function pastedWord(text: string): string {
  return text
    .split(/\s+/u)
    .map((piece) => unwrapped(piece))
    .join('')
}

/**
 * From where a word with this beginning stands in a text: the word up to the first gap, up to the second, and so on, the longest first; empty if it is nowhere. A gap is what a line was broken by, or the end of the word, which its
 * checksum tells.
 */
export function wordsFrom(text: string, beginning: string): string[] {
  const visible = text.replace(unseen, '')
  const at = visible.search(new RegExp(Array.from(beginning).join('\\s*'), 'iu'))
  if (at === -1) return []
  const words: string[] = []
  let word = ''
  for (const piece of visible.slice(at).split(/\s+/u, PIECES_MAX)) {
    const [letters = '', rest] = piece.replace(aroundWords, '').split(/[^a-z0-9]/iu, 2)
    if (letters === '') continue
    word += letters
    words.push(word)
    // Whatever stands directly behind it belongs to something else.
    if (rest !== undefined) break
  }
  return words.reverse()
}

/** The word in lower case if it is all in upper case, as QR codes have it, or begins with a capital, as phones make it. Undefined for any other mixture, which is damage. */
export function inLowerCase(word: string): string | undefined {
  const isMixed = /[a-z]/.test(word) && /[A-Z]/.test(word.slice(1))
  return isMixed ? undefined : word.toLowerCase()
}

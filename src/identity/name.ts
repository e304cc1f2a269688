// What nodes are called. One rule for every way in: names that people give are refused in words if they do not fit, names of other nodes are made to fit.

import { HoldfastError } from '../core/errors.ts'
import { encodeText } from '../core/frame/bytes.ts'
import { NAME_BYTES_MAX } from '../core/frame/constants.ts'
import { type PeerId, shortPeerId } from './peer-id.ts'

/** What acts instead of being shown: control characters, halves of characters, and marks that turn the direction of writing. */
const acting = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu
/** What is not seen at all. Joiners are looked at by themselves; variation selectors and tags belong to the character before them. */
const unseen = /(?!\p{Join_Control}|\p{Variation_Selector}|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}/gu
/** Scripts in which a joiner makes another word. */
const joined = [
  'Arab',
  'Syrc',
  'Mong',
  'Nkoo',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
  'Khmr',
  'Mymr',
  'Tibt',
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')
/** Joiners of emoji, of those scripts between two letters, and behind a sign that takes the vowel away. Others only make two names look alike. */
const joinerWithMeaning = `(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})|(?<=[${joined}])[\\u200c\\u200d](?=[${joined}])|(?<=[\\p{M}&&[${joined}]])[\\u200c\\u200d]`
const joiners = new RegExp(`(${joinerWithMeaning})|[\\u200c\\u200d]`, 'gv')

const graphemes = new Intl.Segmenter()

/** A name that somebody gave does not fit. */
export class InvalidNameError extends HoldfastError {
  readonly code = 'invalid-name'
}

/** The name as it is kept. Throws `InvalidNameError` for one that is empty, too long, or holds what acts on whoever reads it. */
export function parseName(text: string): string {
  const name = normalName(text)
  const shown = JSON.stringify(name.length > NAME_BYTES_MAX ? `${startOf(name, NAME_BYTES_MAX / 2)}…` : name)
  if (name === '') throw new InvalidNameError('"" is no name: it needs at least one character that can be seen')
  if (name.search(acting) !== -1) {
    throw new InvalidNameError(
      `${shown.replace(acting, '?')} is no name: it holds control characters, or marks that turn the direction of writing; leave them out`,
    )
  }
  const bytes = encodeText(name).length
  if (bytes <= NAME_BYTES_MAX) return name
  throw new InvalidNameError(
    `${shown} is no name: it has ${bytes} bytes of UTF-8, and a name at most ${NAME_BYTES_MAX}; shorten it`,
  )
}

/** A name from another node, or from the system, made to fit; the short id where nothing is left of it. */
export function cleanName(text: string, id: PeerId): string {
  const name = normalName(text.replace(acting, ' '))
  return name === '' ? shortPeerId(id) : startOf(name, NAME_BYTES_MAX)
}

/** The name by which it is compared with others: composed, with single blanks and none around, and without what is not seen. */
export function normalName(text: string): string {
  return text
    .replace(unseen, (mark) => (mark.search(acting) === -1 ? '' : mark))
    .replace(joiners, '$1')
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim()
}

/** As much of it as fits, in whole characters as people see them. */
function startOf(text: string, bytesMax: number): string {
  if (encodeText(text).length <= bytesMax) return text
  let start = ''
  let bytes = 0
  for (const { segment } of graphemes.segment(text.slice(0, bytesMax))) {
    bytes += encodeText(segment).length
    if (bytes > bytesMax) break
    start += segment
  }
  return start.trim()
}

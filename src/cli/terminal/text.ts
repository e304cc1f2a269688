// Text in a terminal: how wide it is, and how it fits.

const graphemes = new Intl.Segmenter()
const wide =
  /\p{Emoji_Presentation}|\p{sc=Han}|\p{sc=Hangul}|\p{sc=Hiragana}|\p{sc=Katakana}|[\u3000-\u303f\uff01-\uff60]/u
/** What `styleText` puts around a text. */
// oxlint-disable-next-line no-control-regex
const styles = /\u001b\[[\d;]*m/g

/** Columns of a terminal that a text takes. */
export function width(text: string): number {
  let columns = 0
  for (const { segment } of graphemes.segment(text.replaceAll(styles, ''))) columns += wide.test(segment) ? 2 : 1
  return columns
}

/** The text with so many spaces behind it that it takes `columns`. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

/** The text cut to `columns`, with … where something is missing. Without styles. */
export function shortened(text: string, columns: number): string {
  return width(text) <= columns ? text : `${startOf(text, columns - 1)}…`
}

/** As much of the text as fits. */
function startOf(text: string, columns: number): string {
  let start = ''
  let room = columns
  for (const { segment } of graphemes.segment(text)) {
    room -= width(segment)
    if (room < 0) break
    start += segment
  }
  return start
}

/** The text in lines of at most `columns`, broken between words, and inside those that are too long. At least one line. Without styles. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (width(joined) <= columns) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (width(line) > columns) {
      const start = startOf(line, columns)
      // One character may be wider than the whole line.
      if (start === '') break
      lines.push(start)
      line = line.slice(start.length)
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** `label`, and beside it the text in as many lines as it takes. */
export function hanging(label: string, text: string, columns: number): string[] {
  const indent = width(label)
  // A label that leaves no room stands on a line of its own.
  if (columns - indent < 12)
    return [label.trimEnd(), ...wrapped(text, Math.max(8, columns - 2)).map((line) => `  ${line}`)]
  return wrapped(text, columns - indent).map((line, at) => (at === 0 ? label : ' '.repeat(indent)) + line)
}

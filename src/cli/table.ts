// Columns for people.
import { styleText } from 'node:util'

/** Lines with aligned columns; the heading is dim where the terminal shows colours. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map((row) => width(row[column] ?? ''))))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd()
  return [styleText('dim', line(heading), { stream: process.stdout }), ...rows.map(line)]
}

const graphemes = new Intl.Segmenter()
const wide =
  /\p{Emoji_Presentation}|\p{sc=Han}|\p{sc=Hangul}|\p{sc=Hiragana}|\p{sc=Katakana}|[\u3000-\u303f\uff01-\uff60]/u

/** Columns of a terminal that a text takes. */
function width(text: string): number {
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += wide.test(segment) ? 2 : 1
  return columns
}

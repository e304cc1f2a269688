import { shown } from '../terminal/output.ts'
import { hanging, width } from '../terminal/text.ts'

const lineBreaks = /\r\n|[\n\r\u2028\u2029]/

/**
 * A message in lines of at most `columns`, behind a label; those after the first stand under the first, so that no line of a message looks like another's. Without `columns`
 * lines are as long as they were written.
 */
export function messageLines(label: string, text: string, columns?: number): string[] {
  const indent = ' '.repeat(width(label))
  return text
    .replaceAll('\t', ' ')
    .split(lineBreaks)
    .flatMap((line, at) => {
      const before = at === 0 ? label : indent
      return columns === undefined ? [before + shown(line)] : hanging(before, shown(line), columns)
    })
}

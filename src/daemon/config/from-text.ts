// Values from the environment and from flags, which are text, as the file has them.
import type { Setting } from './setting.ts'

/** How the empty list is written. */
export const emptyList = 'none'

/** The value that the text means; the text itself, to be refused later, if it means none. */
export function valueFromText({ form }: Setting, text: string): unknown {
  switch (form.kind) {
    case 'switch':
      return text === 'true' || (text === 'false' ? false : text)
    case 'number':
      // Hexadecimal numbers and an empty text are numbers for JavaScript alone.
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
    case 'list':
      return text === emptyList ? [] : text.split(',').map((part) => part.trim())
    case 'text':
    case 'choice':
      return text
  }
}

/** The other way round: the text that `valueFromText` turns into the value. */
export function textOfValue(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? emptyList : value.join(',')
}

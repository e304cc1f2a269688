// Lines of the log for people: the time, a sentence, and colour where something wants to be looked at.
import { styleText } from 'node:util'
import { visible, visibleLines } from '../../core/visible.ts'

type Style = Parameters<typeof styleText>[0]

/** Levels as pino counts them, highest first, and how their lines look. */
const looks: readonly { readonly from: number; readonly word: string; readonly style: Style }[] = [
  { from: 50, word: 'error: ', style: 'red' },
  { from: 40, word: '', style: 'yellow' },
  { from: 30, word: '', style: 'reset' },
  { from: 0, word: '', style: 'dim' },
]

interface Line {
  readonly level: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly stack?: string }
}

/** One line of pino's JSON as people read it. */
export function prettyLine(json: string, colour: boolean): string {
  const { level, time, msg = '', err } = JSON.parse(json) as Line
  const { word = '', style = 'reset' } = looks.find(({ from }) => level >= from) ?? {}
  const paint = (format: Style, text: string): string =>
    colour && format !== 'reset' ? styleText(format, text, { validateStream: false }) : text
  const stack = err?.stack === undefined ? '' : `\n${visibleLines(err.stack)}`
  return `${paint('dim', clock(new Date(time)))}  ${paint(style, `${word}${visible(msg)}`)}${stack}\n`
}

/** 21:03:12, in the local time zone. */
function clock(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

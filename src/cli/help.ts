// What the help of a command says below its options.
import type { Command } from 'commander'
import { wrapped } from './terminal/text.ts'

/** Where there is no terminal; commander has the same. */
const columnsDefault = 80

/** Adds paragraphs, between blank lines. They are broken to fit the terminal, unless a line of theirs is indented: examples stay as they are. */
export function withHelp(command: Command, text: string): Command {
  return command.addHelpText('after', () => {
    const columns = command.configureOutput().getOutHelpWidth?.() ?? columnsDefault
    const paragraphs = text.trim().split('\n\n')
    return `\n${paragraphs.map((paragraph) => fitting(paragraph, columns)).join('\n\n')}`
  })
}

function fitting(paragraph: string, columns: number): string {
  return /^ /m.test(paragraph) ? paragraph : wrapped(paragraph.replaceAll('\n', ' '), columns).join('\n')
}

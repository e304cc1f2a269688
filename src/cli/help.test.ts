import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { program } from './program.ts'
import { addSettings } from './settings-flags.ts'

function helpOf(command: Command, columns: number): string {
  let help = ''
  command.configureOutput({ getOutHelpWidth: () => columns, writeOut: (text) => (help += text) })
  command.outputHelp()
  return help
}

const root = program()
for (const command of root.commands) if (['up', 'config'].includes(command.name())) addSettings(command)

describe('the help', () => {
  test.each([root, ...root.commands].map((command) => [command.name(), command] as const))(
    'of %s fits a terminal of 80 columns, and shows an example',
    (_, command) => {
      const help = helpOf(command, 80)
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
      expect(help).toMatch(/\n\nExamples?:\n {2}.*holdfast/)
    },
  )

  test('breaks paragraphs where the terminal ends, and leaves examples as they are', () => {
    const pipe = root.commands.find((command) => command.name() === 'pipe')!
    const help = helpOf(pipe, 40)
    expect(help).toContain('The pipe ends when both directions have\nended. Exit code 0 means')
    expect(help).toContain('  $ tar c photos | holdfast pipe bob           here, and on bob:\n')
  })
})

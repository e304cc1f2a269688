// docs/command-line.md says of every command what there is, and nothing that there is not.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { program } from './program.ts'

const document = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8')
/** Options that are explained once for all commands. */
const shared = ['--dir', '--json', '--listen', '--no-listen', '--advertise', '--name', '--help']

const commands = new Map(program().commands.map((command) => [command.name(), command]))
const flagsOf = (command: Command): string[] => command.options.flatMap(({ long }) => long ?? [])

/** What stands under the heading of each command. */
const sections = new Map(
  document
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`holdfast ([\w-]+)`\n/.exec(section)?.[1] ?? section, section.split(/^## /m)[0] ?? '']),
)

describe('docs/command-line.md', () => {
  test('has a section for each command, and for no other', () => {
    expect([...sections.keys()].toSorted()).toEqual([...commands.keys()].toSorted())
  })

  test.each([...commands])('explains the options of %s, and shows an example', (name, command) => {
    const section = sections.get(name) ?? ''
    const own = flagsOf(command).filter((flag) => !shared.includes(flag))
    expect(own.filter((flag) => !section.includes(flag))).toEqual([])
    expect(section).toContain(`holdfast ${name}`.trim())
    expect(section).toMatch(/```sh\n\$ /)
  })

  test('names no option that does not exist', () => {
    const named = [...document.matchAll(/holdfast ([a-z]+)\b([^`"\n|]*)/g)].flatMap(([, name = '', rest = '']) =>
      [...rest.matchAll(/ (--[\w-]+)/g)].map(([, flag = '']) => [name, flag] as const),
    )
    expect(named.length).toBeGreaterThan(5)
    for (const [name, flag] of named) {
      const known = [...flagsOf(commands.get(name) ?? program()), '--help']
      expect(known, `${name} ${flag}`).toContain(flag)
    }
    const inText = [...sections].flatMap(([name, section]) =>
      [...section.matchAll(/`(--[\w-]+)`/g)].map(([, flag = '']) => [name, flag] as const),
    )
    for (const [name, flag] of inText) expect([...flagsOf(commands.get(name) ?? program()), ...shared]).toContain(flag)
  })
})

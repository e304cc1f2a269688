// Commands that messages and documents tell people to run are commands.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { program } from './program.ts'

const root = join(import.meta.dirname, '..', '..')

/** What stands in backticks and begins with the program's name, in all messages of the program and the document of errors. */
function advised(): string[] {
  const files = ['src', 'web'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.test)\.tsx?$/.test(name))
      .map((name) => join(root, folder, name)),
  )
  const texts = [...files, join(root, 'docs', 'errors.md')].map((file) => readFileSync(file, 'utf8'))
  const found = texts.flatMap((text) =>
    [...text.matchAll(/\\?`holdfast ([^`\\\n]+)\\?`/g)].map(([, command = '']) => command),
  )
  // Examples in comments, and a label of the network's keys, are no advice.
  return [...new Set(found)].filter((line) => !/\||<command>|\$\{role\}/.test(line)).toSorted()
}

const commands = program().commands
/** Something to fill in: <ticket>, ${name}, bob, … */
const isValue = (word: string): boolean => !word.startsWith('-')

test('there is advice to try', () => {
  expect(advised().length).toBeGreaterThan(8)
})

test.each(advised())('holdfast %s', (line) => {
  const [name = '', ...words] = line.split(/\s+/)
  const command = commands.find((one: Command) => one.name() === name)
  expect(command?.name()).toBe(name)
  const flags = words.filter((word) => word.startsWith('-') && word !== '-')
  const known = command?.options.flatMap(({ long, short }) => [long, short]) ?? []
  for (const flag of flags) expect(known).toContain(flag.replace(/=.*/, ''))
  const taken = command?.registeredArguments ?? []
  const most = taken.some(({ variadic }) => variadic) ? Infinity : taken.length + flags.length
  expect(words.filter(isValue).length).toBeLessThanOrEqual(most)
})

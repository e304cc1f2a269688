// Commands that messages and documents tell people to run are commands.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateIdentity } from '../identity/identity.ts'
import { encodeTicket } from '../identity/ticket.ts'
import { program } from './program.ts'

const root = join(import.meta.dirname, '..', '..')

/** For users. */
function documents(): string[] {
  const names = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  return [join(root, 'README.md'), ...names.map((name) => join(root, 'docs', name))]
}

/** What stands in backticks and begins with the program's name, in all messages of the program and all documents for users. */
function advised(): string[] {
  const files = ['src', 'web'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.test)\.tsx?$/.test(name))
      .map((name) => join(root, folder, name)),
  )
  // Comments of the code and headings of documents only name a command.
  const code = files.map((file) => readFileSync(file, 'utf8').replaceAll(/^ *(?:\/\*\*|\*|\/\/).*$/gm, ''))
  const texts = documents().map((file) => readFileSync(file, 'utf8').replaceAll(/^#.*$/gm, ''))
  const found = [...code, ...texts].flatMap((text) =>
    [...text.matchAll(/\\?`holdfast ([^`\\\n]+)\\?`/g)].map(([, command = '']) => command),
  )
  // Alternatives, and a label of the network's keys, are no advice.
  return [...new Set(found)].filter((line) => !/\||<command>|\$\{role\}/.test(line)).toSorted()
}

const ticket = encodeTicket({
  issuer: generateIdentity().id,
  number: new Uint8Array(8),
  secret: new Uint8Array(16),
  expiresAt: 0,
  addresses: ['tcp://192.0.2.1:4001'],
})
/** What a person puts where a message leaves something to fill in. */
const filledIn = (word: string): string => (word.includes('ticket') ? ticket : 'bob')

/** Reads the line as the command line does, all but doing it. */
async function parse(line: string): Promise<void> {
  const words = line.split(/\s+/).map((word) => (/^(?:<.*>|\$\{.*\}|…)$/.test(word) ? filledIn(word) : word))
  const root = program()
  for (const command of root.commands) command.action(() => undefined)
  await root.parseAsync(words, { from: 'user' })
}

test('there is advice to try', () => {
  expect(advised().length).toBeGreaterThan(8)
})

test.each(advised())('holdfast %s', async (line) => {
  await expect(parse(line)).resolves.toBeUndefined()
})

test.each(['reusme bob', 'config --chek', 'rename bob', 'unblock', 'pipe --accept --listen'])(
  'holdfast %s is not taken',
  async (line) => {
    await expect(parse(line)).rejects.toThrow()
  },
)

// `holdfast chat` in real processes: through pipes and on a terminal, with one side killed in the middle.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { open } from '../../src/index.ts'
import { freePort } from './chat-world.ts'
import { Command } from './command.ts'

const program = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const scriptProgram = '/usr/bin/script'
/** Each of these starts several processes, on machines that may have much else to do. */
const patience = 120_000

let root: string
const listen: Record<string, string> = {}

/** What a command of this person begins with. */
const chat = (who: string, ...args: string[]): string[] => [
  'chat',
  ...args,
  '--dir',
  join(root, who),
  '--listen',
  listen[who]!,
  '--name',
  who,
]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-chat-e2e-'))
  for (const who of ['alice', 'bob']) listen[who] = `tcp://127.0.0.1:${await freePort()}`
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map((name) => open({ dir: join(root, name), name, listen: [listen[name]!] })),
  )
  await alice!.pair(await bob!.ticket())
  await Promise.all([alice, bob].map((node) => node!.close()))
})
afterEach(async () => {
  await Command.endAll()
  await Terminal.endAll()
})
afterAll(() => rm(root, { recursive: true }))

describe('a chat through pipes', () => {
  test(
    'carries lines both ways, and what is written while the other side is gone',
    async () => {
      const [alice, bob] = [new Command(...chat('alice', 'bob')), new Command(...chat('bob', 'alice', '--json'))]
      await alice.says(
        /No daemon runs on this folder; this chat runs the node itself, and none can start until it has ended/,
      )
      alice.input.write('one\n')
      await bob.prints(/"direction":"received","text":"one"/)
      bob.input.write('two\nthr\u001b[31mee\n')
      await alice.prints(/^bob: two\nbob: thr\\u001b\[31mee\n/)

      // Killed without a word: what comes meanwhile is kept.
      bob.kill('SIGKILL')
      await bob.exit
      await alice.says(/bob is away: lost/)
      alice.input.write('four\n')
      const ended = alice.finish('five\n')
      const again = new Command(...chat('bob', 'alice', '--json'))
      await again.prints(/"text":"four".*"delayed":true.*\n(.*\n)*.*"text":"five"/)
      // It ended because everything was delivered, and not before.
      expect(await ended).toMatchObject({ code: 0 })
      expect(again.stdout.toString().match(/"text":"four"/g)).toHaveLength(1)

      const past = again.finish()
      expect(await past).toMatchObject({ code: 0 })
      const history = await new Command(...chat('bob', 'alice', '--json', '-n', '10')).finish()
      const texts = history.stdout
        .toString()
        .split('\n')
        .flatMap((line) => (line.includes('"message"') ? [(JSON.parse(line) as { text: string }).text] : []))
      expect(texts).toEqual(['one', 'two', 'thr\u001b[31mee', 'four', 'five'])
    },
    patience,
  )

  test(
    'sends one message and waits for it, but no longer than it should',
    async () => {
      const late = await new Command(...chat('alice', 'bob', '--send', 'are you there?', '--timeout', '1s')).finish()
      expect(late).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^holdfast: Not everything is delivered yet\. bob is away.*what you write is kept\. What waits goes .*`holdfast up`\n$/,
        ),
      })
      const bob = new Command(...chat('bob', 'alice'))
      const sent = await new Command(...chat('alice', 'bob', '--send', 'hello')).finish()
      expect(sent).toMatchObject({ code: 0, stderr: 'bob has it\n' })
      await bob.prints(/alice: are you there\?\nalice: hello\n/)
      expect(await bob.finish()).toMatchObject({ code: 0 })
    },
    patience,
  )

  test(
    'refuses what it cannot do',
    async () => {
      const run = async (...args: string[]): Promise<unknown[]> => {
        const { code, stderr } = await new Command(...args).finish()
        return [code, stderr]
      }
      expect(await run('chat', '--send', 'hi')).toEqual([2, 'holdfast: Name the peers to send to\n'])
      expect(await run(...chat('alice', 'bob', '--send', 'x'.repeat(16_385)))).toEqual([
        1,
        expect.stringContaining('16384'),
      ])
    },
    patience,
  )
})

describe.skipIf(!existsSync(scriptProgram))('a chat on a terminal', () => {
  test(
    'shows ticks, presence and what comes, and leaves the line that is typed alone',
    async () => {
      const alice = new Terminal(...chat('alice', 'bob'))
      await alice.shows(/bob is away: not reached yet; what you write is kept/)
      alice.type('kept for you\r')
      await alice.shows(/✓ {2}you: kept for you/)
      alice.type('half')
      const bob = new Terminal(...chat('bob', '-n', '1'))
      // The tick is written over the one that stood there.
      await alice.shows(/✓✓/)
      await alice.shows(/bob is here/)
      await bob.shows(/alice: kept for you/)
      bob.type('/to alice\r')
      await bob.shows(/alice> /)
      bob.type('good\r')
      await alice.shows(/bob: good\s+bob> half/)
      alice.type(' done\r')
      await bob.shows(/alice: half done/)
      void bob.kill()
      await alice.shows(/bob is away: lost/)
      alice.type('/nonsense\r')
      await alice.shows(/There is no \/nonsense/)
      alice.type('see you\r\u0004')
      expect(await alice.exit).toBe(0)
      expect(alice.screen).toMatch(/Not delivered yet: 1 message for bob/)
      const back = new Terminal(...chat('alice', 'bob'))
      await back.shows(/✓✓ you: half done[^]*✓ {2}you: see you/)
      back.type('\u0003')
      expect(await back.exit).toBe(130)
    },
    patience,
  )

  test(
    'goes on when its daemon was killed and comes back with its API at another port',
    async () => {
      const up = async (): Promise<Command> => {
        const daemon = new Command(
          'up',
          '--dir',
          join(root, 'alice'),
          '--listen',
          listen['alice']!,
          '--mdns-enabled=false',
          '--api-listen',
          `127.0.0.1:${await freePort()}`,
        )
        await daemon.prints(/"the daemon runs"/)
        return daemon
      }
      const first = await up()
      const alice = new Terminal('chat', 'bob', '--dir', join(root, 'alice'))
      await alice.shows(/bob is away/)
      first.kill('SIGKILL')
      await alice.shows(/the daemon has ended; waiting until it is back/)
      await up()
      await alice.shows(/the daemon is back/)
      alice.type('still me\r')
      await alice.shows(/✓ {2}you: still me/)
    },
    patience,
  )
})

/** A run of `holdfast` on a terminal of its own, 80 columns wide. */
class Terminal {
  static readonly #running = new Set<Terminal>()
  readonly #child: ChildProcess
  readonly #looking = new Set<() => void>()
  #output = ''
  /** The exit code, when it has ended. */
  readonly exit: Promise<number | null>

  constructor(...args: string[]) {
    const command = [process.execPath, program, ...args].map((part) => `'${part}'`).join(' ')
    const env = { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', NO_COLOR: '1', SHELL: '/bin/sh' }
    this.#child = spawn(scriptProgram, ['-qfec', `stty cols 80 rows 24; exec ${command}`, '/dev/null'], {
      env,
      stdio: 'pipe',
    })
    Terminal.#running.add(this)
    this.#child.stdin?.on('error', () => undefined)
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      this.#output += bytes.toString()
      for (const look of this.#looking) look()
    })
    this.exit = once(this.#child, 'close').then(([code]) => {
      Terminal.#running.delete(this)
      for (const look of this.#looking) look()
      return code as number | null
    })
  }

  static async endAll(): Promise<void> {
    await Promise.all([...Terminal.#running].map((terminal) => terminal.kill()))
  }

  /** All that was written, without what moves the cursor. */
  get screen(): string {
    return stripVTControlCharacters(this.#output).replaceAll('\r', '')
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  kill(): Promise<unknown> {
    this.#child.kill('SIGKILL')
    return this.exit
  }

  shows(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const isShown = pattern.test(this.screen)
        if (!isShown && Terminal.#running.has(this)) return
        this.#looking.delete(look)
        if (isShown) resolve()
        else reject(new Error(`It ended without ${String(pattern)}:\n${this.screen}`))
      }
      this.#looking.add(look)
      look()
    })
  }
}

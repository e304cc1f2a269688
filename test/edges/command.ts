// A run of `holdfast pipe`, with standard input and output of every kind. What it prints on standard error is kept.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { program } from '../e2e/command.ts'
import type { Sink } from './sink.ts'
import type { Source } from './source.ts'

const root = join(import.meta.dirname, '..', '..')
/** More is not read by anybody. */
const stderrBytesMax = 65_536

export interface CommandExit {
  /** 128 + n for signal n, as a shell counts. */
  readonly code: number
  readonly atMs: number
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGKILL: 9, SIGTERM: 15 }

export class PipeCommand {
  static readonly #running = new Set<PipeCommand>()
  readonly #child: ChildProcess
  #pid: number | undefined
  readonly #started: Promise<void>
  #stderr = ''
  /** Once it has ended. */
  exit: CommandExit | undefined
  /** Resolves when it has ended and all that it said has been read. */
  readonly closed: Promise<void>

  constructor(args: readonly string[], source: Source, sink: Sink) {
    const isTerminal = source.fd === undefined
    this.#child = isTerminal ? startOnTerminal(args, sink.fd!) : start(args, source.fd!, sink.fd!)
    source.handedOver()
    sink.handedOver()
    PipeCommand.#running.add(this)
    const stdio = this.#child.stdio as readonly (NodeJS.ReadableStream | null)[]
    const stderr = stdio[isTerminal ? 4 : 2]
    stderr?.on('data', (chunk: Buffer) => {
      if (this.#stderr.length < stderrBytesMax) this.#stderr += chunk.toString()
    })
    if (isTerminal) {
      this.#child.stdin?.on('error', () => undefined)
      this.#child.stdout?.resume()
      this.#child.stderr?.resume()
      source.terminal = (text) => this.#child.stdin?.write(text)
      this.#started = once(stdio[5]!, 'data').then(([text]) => void (this.#pid = Number(String(text))))
    } else {
      this.#pid = this.#child.pid
      this.#started = Promise.resolve()
    }
    this.#child.once('exit', (code, signal) => {
      PipeCommand.#running.delete(this)
      this.exit = { code: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0), atMs: performance.now() }
    })
    this.closed = once(this.#child, 'close').then(() => undefined)
  }

  /** Ends what an interrupted run leaves behind. */
  static killAll(): void {
    for (const command of PipeCommand.#running) {
      command.#child.kill('SIGKILL')
      command.#send('SIGKILL')
    }
  }

  get stderr(): string {
    return this.#stderr
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    await Promise.race([this.#started, this.closed])
    this.#send(signal)
  }

  #send(signal: NodeJS.Signals): void {
    if (this.exit !== undefined || this.#pid === undefined) return
    try {
      process.kill(this.#pid, signal)
    } catch {
      // It has just ended.
    }
  }
}

function environment(): NodeJS.ProcessEnv {
  // No setting of the person who runs the bench plays a part.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_'))
  const own = { XDG_CONFIG_HOME: '/nowhere', XDG_CACHE_HOME: join(root, 'node_modules', '.cache'), NO_COLOR: '1' }
  return { ...Object.fromEntries(others), ...own, SHELL: '/bin/sh', TERM: 'xterm' }
}

function start(args: readonly string[], stdin: number, stdout: number): ChildProcess {
  return spawn(process.execPath, [program, ...args], { env: environment(), stdio: [stdin, stdout, 'pipe'] })
}

/** `script` of util-linux gives it a terminal as standard input; output and errors go where those of others go. Its process id comes by descriptor 5. */
function startOnTerminal(args: readonly string[], stdout: number): ChildProcess {
  const command = [process.execPath, program, ...args].map((part) => `'${part}'`).join(' ')
  const inside = `echo $$ >&5; exec 5>&- ${command} >&3 2>&4 3>&- 4>&-`
  return spawn('script', ['--quiet', '--return', '--flush', '--command', inside, '/dev/null'], {
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe', stdout, 'pipe', 'pipe'],
  })
}

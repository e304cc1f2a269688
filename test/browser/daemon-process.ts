// A daemon as a real process, as a person starts it.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface DaemonSetup {
  /** The node's folder. */
  readonly dir: string
  readonly name: string
  /** Where the node listens, and where it is to be dialed instead. */
  readonly listen: readonly string[]
  readonly advertise: readonly string[]
  /** Of the API; a daemon that is started anew has the port that it had. */
  readonly apiPort: number
}

/** What the process tells when it serves. */
export interface Serving {
  readonly url: string
}

/** One run of a daemon. */
export class DaemonProcess {
  static readonly #running = new Set<DaemonProcess>()
  readonly url: string
  readonly #child: ChildProcess
  readonly #dir: string

  private constructor(child: ChildProcess, dir: string, url: string) {
    this.#child = child
    this.#dir = dir
    this.url = url
  }

  /** Resolves when the daemon serves. */
  static async start(setup: DaemonSetup): Promise<DaemonProcess> {
    const child = fork(join(import.meta.dirname, 'daemon-main.ts'), [JSON.stringify(setup)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [{ url }] = (await once(child, 'message')) as [Serving]
    const daemon = new DaemonProcess(child, setup.dir, url)
    DaemonProcess.#running.add(daemon)
    return daemon
  }

  /** Ends what a failed test left behind. */
  static async endAll(): Promise<void> {
    await Promise.all([...DaemonProcess.#running].map((daemon) => daemon.kill()))
  }

  get token(): string {
    return readFileSync(join(this.#dir, 'api-token'), 'utf8').trim()
  }

  /** The address that `holdfast dashboard` prints. */
  get dashboardUrl(): string {
    return `${this.url}/#token=${this.token}`
  }

  /** Ends it without a word, as a power cut does. */
  async kill(): Promise<void> {
    DaemonProcess.#running.delete(this)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from '../e2e/command.ts'

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

/** One run of `holdfast up`. */
export class DaemonProcess {
  readonly url: string
  readonly #command: Command
  readonly #dir: string

  private constructor(command: Command, { dir, apiPort }: DaemonSetup) {
    this.#command = command
    this.#dir = dir
    this.url = `http://127.0.0.1:${apiPort}`
  }

  /** Resolves when the daemon serves. */
  static async start(setup: DaemonSetup): Promise<DaemonProcess> {
    const { dir, name, listen, advertise, apiPort } = setup
    const places = listen.length === 0 ? ['--no-listen'] : listen.flatMap((address) => ['--listen', address])
    const others = advertise.flatMap((address) => ['--advertise', address])
    const api = ['--api-listen', `127.0.0.1:${apiPort}`]
    const command = new Command(
      'up',
      '--dir',
      dir,
      '--name',
      name,
      '--mdns-enabled=false',
      ...api,
      ...places,
      ...others,
    )
    await command.prints(/"the daemon runs"/)
    return new DaemonProcess(command, setup)
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
    this.#command.kill('SIGKILL')
    await this.#command.exit
  }
}

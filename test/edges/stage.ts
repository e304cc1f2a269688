// Two daemons that are paired, and the network between them. Cases use them one after the other.
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from '../e2e/command.ts'
import type { Case, Side } from './case.ts'
import { SimulatedNetwork } from './network.ts'

/** The listener is reached through the network alone, and the dialer not at all. */
type Role = 'listener' | 'dialer'

const triesMax = 3

export class Stage {
  static readonly #open = new Set<Stage>()
  readonly dir: string
  readonly network: SimulatedNetwork
  readonly #daemons = new Map<Role, Command>()
  /** What daemons printed that have ended. */
  readonly #printed: Record<Role, string> = { listener: '', dialer: '' }
  #files = 0

  private constructor(dir: string, network: SimulatedNetwork) {
    this.dir = dir
    this.network = network
    Stage.#open.add(this)
  }

  /** Starts both daemons and pairs them. A machine that is very busy may need several tries. */
  static async open(): Promise<Stage> {
    for (let tries = 1; ; tries++) {
      try {
        return await Stage.#tryOpen()
      } catch (error) {
        if (tries === triesMax) throw error
      }
    }
  }

  static async #tryOpen(): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'holdfast-edges-')), await SimulatedNetwork.start())
    try {
      await Promise.all([stage.#start('listener'), stage.#start('dialer')])
      await stage.#pair()
      return stage
    } catch (error) {
      await stage.close()
      throw error
    }
  }

  /** Removes the folders of all stages at once, for a process that ends. */
  static removeAll(): void {
    for (const { dir } of Stage.#open) rmSync(dir, { recursive: true, force: true })
  }

  /** The folder of the node that plays this side, and the name by which the other side knows it. */
  node({ dialer }: Pick<Case, 'dialer'>, side: Side): { readonly dir: string; readonly name: string } {
    const role = side === dialer ? 'dialer' : 'listener'
    return { dir: this.#folder(role), name: role }
  }

  daemon({ dialer }: Pick<Case, 'dialer'>, side: Side): Command {
    return this.#daemons.get(side === dialer ? 'dialer' : 'listener')!
  }

  /** All that the daemons of this side have printed. */
  printed({ dialer }: Pick<Case, 'dialer'>, side: Side): string {
    const role = side === dialer ? 'dialer' : 'listener'
    return this.#printed[role] + outputOf(this.#daemons.get(role)!)
  }

  /** Starts the daemon of this side again, once it has ended. Resolves when it serves. */
  async restart({ dialer }: Pick<Case, 'dialer'>, side: Side): Promise<void> {
    const role = side === dialer ? 'dialer' : 'listener'
    const before = this.#daemons.get(role)!
    await before.exit
    this.#printed[role] += outputOf(before)
    await this.#start(role)
  }

  /** A path that nothing has yet. */
  path(): string {
    return join(this.dir, `file-${this.#files++}`)
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#daemons.values()].map((daemon) => {
        daemon.kill('SIGKILL')
        return daemon.exit
      }),
    )
    await this.network.close()
    await rm(this.dir, { recursive: true, force: true })
    Stage.#open.delete(this)
  }

  #folder(role: Role): string {
    return join(this.dir, role)
  }

  async #start(role: Role): Promise<void> {
    const where =
      role === 'dialer'
        ? ['--no-listen']
        : ['--listen', 'tcp://127.0.0.1:0', '--advertise', `tcp://127.0.0.1:${this.network.port}`]
    const own = ['--dir', this.#folder(role), '--name', role, '--mdns-enabled=false', '--api-listen', '127.0.0.1:0']
    const daemon = new Command('up', ...own, ...where)
    this.#daemons.set(role, daemon)
    await daemon.prints(/"the daemon runs"/)
    if (role === 'dialer') return
    const [, port] = await daemon.prints(/"listening":\["tcp:\/\/127\.0\.0\.1:(\d+)/)
    await this.network.leadTo(Number(port))
  }

  async #pair(): Promise<void> {
    const ticket = new Command('ticket', '--dir', this.#folder('listener'), '--no-qr', '--no-wait')
    const { stdout, stderr } = await ticket.finish()
    const pair = await new Command('pair', stdout.toString().trimEnd(), '--dir', this.#folder('dialer')).finish()
    if (pair.code !== 0) throw new Error(`The daemons could not be paired: ${stderr}${pair.stderr}`)
  }
}

function outputOf({ stdout, stderr }: Command): string {
  return stdout.toString() + stderr
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../demo/ports.ts'
import { DaemonProcess, type DaemonSetup } from './daemon-process.ts'
import { Network } from './network.ts'

/** Two daemons with a network between them that can be cut. They are not paired yet. */
export class TwoDaemons implements AsyncDisposable {
  readonly network: Network
  readonly #folder: string
  readonly #setups: { readonly left: DaemonSetup; readonly right: DaemonSetup }
  left: DaemonProcess
  readonly right: DaemonProcess

  private constructor(
    folder: string,
    network: Network,
    setups: { left: DaemonSetup; right: DaemonSetup },
    left: DaemonProcess,
    right: DaemonProcess,
  ) {
    this.#folder = folder
    this.network = network
    this.#setups = setups
    this.left = left
    this.right = right
  }

  /** The one at the right is dialed through the network; the one at the left cannot be dialed. */
  static async open(names = { left: 'workshop', right: 'attic' }): Promise<TwoDaemons> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-browser-'))
    const port = await freePort()
    const network = await Network.open(port)
    const left = { dir: join(folder, 'left'), name: names.left, apiPort: await freePort() }
    const right = { dir: join(folder, 'right'), name: names.right, apiPort: await freePort() }
    const setups = {
      left: { ...left, listen: [], advertise: [] },
      right: { ...right, listen: [`tcp://127.0.0.1:${port}`], advertise: [network.address] },
    }
    const [leftDaemon, rightDaemon] = await Promise.all([
      DaemonProcess.start(setups.left),
      DaemonProcess.start(setups.right),
    ])
    return new TwoDaemons(folder, network, setups, leftDaemon, rightDaemon)
  }

  /** Starts the one at the left anew, at the same place. */
  async restartLeft(): Promise<void> {
    await this.left.kill()
    this.left = await DaemonProcess.start(this.#setups.left)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.left.kill(), this.right.kill()])
    this.network.close()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { generateIdentity } from '../../src/identity/identity.ts'
import { comparePeerIds, type PeerId } from '../../src/identity/peer-id.ts'
import { tcpTransport } from '../../src/transport/tcp/tcp.ts'
import { HostilePeer } from './hostile-peer.ts'

const program = fileURLToPath(new URL('victim-process.ts', import.meta.url))

/** A node in another process, paired with one hostile peer that reaches it by TCP. */
export class Victim {
  readonly mallory: HostilePeer
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, mallory: HostilePeer) {
    this.#process = child
    this.mallory = mallory
  }

  static async start(): Promise<Victim> {
    const identity = generateIdentity()
    const child = fork(program, [identity.id], { execArgv: ['--expose-gc'] })
    const [{ id, address }] = (await once(child, 'message')) as [{ id: PeerId; address: string }]
    const mallory = new HostilePeer({
      transport: tcpTransport({ identity }),
      isLower: comparePeerIds(identity.id, id) < 0,
      victim: id,
      victimAddress: address,
    })
    return new Victim(child, mallory)
  }

  /** The most memory in use since the last call, heap and array buffers together. */
  async peakBytes(): Promise<number> {
    this.#process.send('report')
    const [{ peakBytes }] = (await once(this.#process, 'message')) as [{ peakBytes: number }]
    return peakBytes
  }

  get isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit')
    this.#process.disconnect()
    await gone
  }
}

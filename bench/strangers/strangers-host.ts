import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateIdentity, type Identity } from '../../src/identity/identity.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { PROTOCOL } from '../contestant.ts'
import { type Known, memoryNode } from '../memory-node.ts'
import { Attack, type AttackOptions } from './attacks.ts'

const ECHO_EVERY_MS = 20
const MESSAGE = Buffer.alloc(64, 'm')
const RECONNECTIONS = 3
/** One that takes longer is given up, and counts as this long. */
const RECONNECT_LIMIT_MS = 10_000
const MIB = 1024 * 1024

/** The victim, the honest peer or the attacker. */
export class StrangersHost {
  #node: HoldfastNode | undefined
  #known: Known | undefined
  #identities: Identity[] = []
  #attack: Attack | undefined
  #began = { atMs: 0, cpu: process.cpuUsage() }
  readonly #late = monitorEventLoopDelay({ resolution: 1 })

  // The victim.

  async listen(ids: readonly string[]): Promise<Known> {
    const known = ids.map((id) => ({ id, addresses: [] }))
    const node = memoryNode({ identity: generateIdentity(), listen: ['tcp://127.0.0.1:0'], known })
    node.handle(PROTOCOL, (stream) => void stream.pipe(stream))
    await node.start()
    this.#node = node
    return { id: node.id, addresses: node.listening }
  }

  begin(): void {
    this.#late.enable()
    this.#late.reset()
    this.#began = { atMs: performance.now(), cpu: process.cpuUsage(this.#began.cpu) }
    this.#began.cpu = process.cpuUsage()
  }

  end() {
    const { user, system } = process.cpuUsage(this.#began.cpu)
    const cpuPercentOfOneCore = (user + system) / 10 / (performance.now() - this.#began.atMs)
    return {
      loopLateMsMax: this.#late.max / 1e6,
      residentMiB: process.memoryUsage().rss / MIB,
      cpuPercentOfOneCore,
    }
  }

  // The honest peer: one that stays, and others that come and go.

  introduce(): string[] {
    this.#identities = Array.from({ length: 1 + 2 * RECONNECTIONS }, () => generateIdentity())
    return this.#identities.map(({ id }) => id)
  }

  async connect(known: Known): Promise<void> {
    this.#known = known
    this.#node = await this.#start(0, undefined)
  }

  async echoes(forMs: number): Promise<{ readonly echoMsP99: number; readonly echoMsMax: number }> {
    const stream = await this.#stream(this.#node)
    const times: number[] = []
    const endMs = performance.now() + forMs
    while (performance.now() < endMs) {
      times.push(await echo(stream))
      await sleep(ECHO_EVERY_MS)
    }
    return {
      echoMsP99: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0,
      echoMsMax: Math.max(...times),
    }
  }

  /** The longest time until a node that starts has had an echo, from where peers came before and from elsewhere; spread over `withinMs`. */
  async reconnect(withinMs: number): Promise<[number, number]> {
    const times: [number[], number[]] = [[], []]
    for (let count = 0; count < RECONNECTIONS; count++) {
      for (const elsewhere of [0, 1] as const) {
        await sleep(withinMs / (2 * RECONNECTIONS + 1))
        const beganMs = performance.now()
        const node = await this.#start(1 + 2 * count + elsewhere, elsewhere ? `127.${70 + count}.0.1` : undefined)
        const connected = this.#stream(node).then(echo)
        // It may be given up with the node.
        connected.catch(() => undefined)
        await Promise.race([connected, sleep(RECONNECT_LIMIT_MS)])
        times[elsewhere].push(performance.now() - beganMs)
        await node.close({ flushTimeoutMs: 0 })
      }
    }
    return [Math.max(...times[0]), Math.max(...times[1])]
  }

  async #start(which: number, localAddress: string | undefined): Promise<HoldfastNode> {
    const [identity, known] = [this.#identities[which], this.#known]
    if (identity === undefined || known === undefined) throw new Error('nobody was introduced')
    const more = localAddress === undefined ? {} : { dialFrom: [localAddress] }
    const node = memoryNode({ identity, listen: [], known: [known], more })
    await node.start()
    return node
  }

  async #stream(node: HoldfastNode | undefined): Promise<Duplex> {
    if (node === undefined || this.#known === undefined) throw new Error('there is no node')
    return node.peer(this.#known.id).openStream(PROTOCOL)
  }

  // The attacker.

  async attack({ addresses: [target = ''] }: Known, options: AttackOptions): Promise<void> {
    this.#attack = new Attack(target, options)
    await this.#attack.start()
  }

  stop(): number {
    return this.#attack?.stop() ?? 0
  }
}

/** How long until it is back. */
async function echo(stream: Duplex): Promise<number> {
  const beganMs = performance.now()
  stream.write(MESSAGE)
  for (let missing = MESSAGE.length; missing > 0; ) {
    const bytes = (await new Promise((resolve, reject) => {
      stream.once('data', resolve)
      stream.once('close', () => reject(new Error('the stream was closed before the echo came')))
    })) as Uint8Array
    missing -= bytes.length
  }
  stream.removeAllListeners('close')
  return performance.now() - beganMs
}

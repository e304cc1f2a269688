import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../demo/clock.ts'
import type { Host } from './host.ts'
import { run } from './run.ts'

const RUNNING_LOOKS = 100
const RUNNING_LOOK_MS = 50

/** One end of a cable: an interface of a machine, its address, and what is wrong with what arrives there. */
export class CableEnd {
  readonly host: Host
  /** The name of the interface. */
  readonly device: string
  #address: string

  constructor(host: Host, device: string, address: string) {
    this.host = host
    this.device = device
    this.#address = address
  }

  /** Without the length of its prefix. */
  get address(): string {
    return this.#address
  }

  /** Brings the interface up. Segments leave one by one, as on a real network, so that a loss is the loss of one. */
  async up(): Promise<void> {
    await this.host.ip('link', 'set', this.device, 'gso_max_segs', '1')
    await this.host.ip('address', 'add', `${this.#address}/24`, 'dev', this.device)
    await this.host.ip('link', 'set', this.device, 'up')
  }

  /** Resolves when the kernel says that the other end is up too, which may take it a second. */
  async running(): Promise<void> {
    for (let look = 0; look < RUNNING_LOOKS; look++) {
      if ((await this.host.ip('link', 'show', 'dev', this.device)).includes('state UP')) return
      await sleep(RUNNING_LOOK_MS)
    }
    throw new Error(`${this.device} of ${this.host.name} does not come up`)
  }

  /** The machine gets another address, as on another Wi-Fi or with a new lease. Answers when that was done. */
  async readdress(address: string): Promise<number> {
    await this.host.ip('address', 'delete', `${this.#address}/24`, 'dev', this.device)
    this.#address = address
    await this.host.ip('address', 'add', `${address}/24`, 'dev', this.device)
    return now()
  }

  /** Whatever arrives is swallowed without a word. Answers since when. */
  swallow(): Promise<number> {
    return this.#filter('drop')
  }

  /** Packets of more bytes than that, with their IP header, are swallowed, as by a tunnel with a smaller MTU behind a firewall that drops ICMP. */
  swallowLarger(bytes: number): Promise<number> {
    return this.#filter(`meta length > ${bytes} drop`)
  }

  /** So many of a hundred packets that arrive are lost, at random. */
  lose(percent: number): Promise<number> {
    return this.#filter(`numgen random mod 100 < ${percent} drop`)
  }

  /** What arrives on the connection that has this port at either end is answered by a reset. */
  reset(port: number): Promise<number> {
    const rules = ['sport', 'dport'].map((end) => `tcp ${end} ${port} tcp flags ! rst reject with tcp reset`)
    return this.#filter(...rules)
  }

  /** Everything arrives again. */
  heal(): Promise<number> {
    return this.#filter()
  }

  /** Answers when it was begun: what comes of it may be noticed before the command has ended. */
  async #filter(...verdicts: readonly string[]): Promise<number> {
    const atMs = now()
    const table = `inet fault_${this.device}`
    const rules = verdicts.map((verdict) => `iifname "${this.device}" ${verdict}\n`).join('')
    await this.host.nft(`table ${table}
delete table ${table}
table ${table} {
  chain arriving {
    type filter hook input priority 0
    ${rules}
  }
}
`)
    return atMs
  }
}

/** A cable between two machines. Its faults are silent: the interfaces stay up. */
export class Cable {
  readonly ends: readonly [CableEnd, CableEnd]

  private constructor(ends: readonly [CableEnd, CableEnd]) {
    this.ends = ends
  }

  /** The addresses are 10.0.`network`.1 and .2. */
  static async lay(a: Host, b: Host, network: number): Promise<Cable> {
    const device = `cable${network}`
    await joinByVeth(a, device, b, device)
    const ends = [new CableEnd(a, device, `10.0.${network}.1`), new CableEnd(b, device, `10.0.${network}.2`)] as const
    await Promise.all(ends.map((end) => end.up()))
    await Promise.all(ends.map((end) => end.running()))
    return new Cable(ends)
  }

  /** Nothing arrives at either end. Answers since when. */
  cut(): Promise<number> {
    return this.#both((end) => end.swallow())
  }

  lose(percent: number): Promise<number> {
    return this.#both((end) => end.lose(percent))
  }

  reset(port: number): Promise<number> {
    return this.#both((end) => end.reset(port))
  }

  heal(): Promise<number> {
    return this.#both((end) => end.heal())
  }

  async #both(change: (end: CableEnd) => Promise<number>): Promise<number> {
    const times = await Promise.all(this.ends.map(change))
    return Math.max(...times)
  }
}

/** A pair of virtual interfaces, one in each machine: what leaves the one arrives at the other. */
export async function joinByVeth(a: Host, device: string, b: Host, otherDevice: string): Promise<void> {
  const other = `type veth peer name ${otherDevice} netns ${b.namespace}`
  await run('ip', `link add ${device} netns ${a.namespace} ${other}`.split(' '))
}

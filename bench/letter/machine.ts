// A machine with a daemon, as the bench sees it: by its log, its API, its processor time and what leaves its network.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiResponse } from '../../src/daemon/client.ts'
import type { ConnectionStatus } from '../../src/daemon/contract/connections.ts'
import type { EventView } from '../../src/daemon/contract/event.ts'
import type { StatusView } from '../../src/daemon/contract/status.ts'
import { fetchLocally } from '../../src/daemon/local-fetch.ts'
import type { Host } from '../../test/net/lab/host.ts'
import { run } from '../../test/net/lab/run.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const START_LIMIT_MS = 60_000
const LOOK_MS = 25
/** Of `/proc/…/stat`. */
const TICKS_PER_SECOND = 100

/** Counts each attempt to open a TCP connection that leaves the machine, to wherever. */
const COUNTER = `table inet letter {
  counter syn { }
  chain leaving {
    type filter hook output priority 0
    tcp flags & (fin | syn | rst | ack) == syn counter name syn
  }
}
`

/** Where machines are made. */
export interface MachinePlace {
  readonly folder: string
  /** Those that run; whoever made the place ends them. */
  readonly processes: Set<ChildProcess>
}

export class Machine {
  readonly name: string
  readonly host: Host
  /** What the daemon wrote to its log, in all its runs. */
  readonly log: string[] = []
  readonly dir: string
  readonly #config: string
  readonly #processes: Set<ChildProcess>
  #process: ChildProcess | undefined

  private constructor(host: Host, dir: string, config: string, processes: Set<ChildProcess>) {
    this.name = host.name
    this.host = host
    this.dir = dir
    this.#config = config
    this.#processes = processes
  }

  /** With its configuration in the folder; nothing runs yet. */
  static async create({ folder, processes }: MachinePlace, host: Host, config: string): Promise<Machine> {
    const path = join(folder, `${host.name}.toml`)
    await writeFile(path, config, { mode: 0o600 })
    await host.nft(COUNTER)
    return new Machine(host, join(folder, host.name), path, processes)
  }

  /** Starts `holdfast up`, and resolves when it says that it runs. */
  async start(): Promise<void> {
    const parameters = ['up', '--dir', this.dir, '--name', this.name, '--config', this.#config, '--log-format', 'json']
    const child = this.#spawn(parameters)
    this.#process = child
    const began = this.log.length
    let rest = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      this.log.push(...lines)
    })
    const runs = (): boolean => this.log.slice(began).some((line) => line.includes('the daemon runs'))
    if ((await until(runs, START_LIMIT_MS)) === undefined) throw new Error(`${this.name} does not start`)
  }

  /** Runs another command of the command line on this machine. */
  command(parameters: readonly string[]): ChildProcess {
    return this.#spawn([...parameters, '--dir', this.dir])
  }

  /** Ends the daemon as if its machine had lost power. */
  async kill(): Promise<number> {
    const process = this.#process
    if (process === undefined) throw new Error(`${this.name} does not run`)
    const atMs = Date.now()
    process.kill('SIGKILL')
    await once(process, 'exit')
    return atMs
  }

  status(): Promise<StatusView> {
    return this.#call('GET', '/api/v1/status')
  }

  async connections(): Promise<ConnectionStatus[]> {
    const { connectionStatus } = await this.#call<{ connectionStatus: Record<string, ConnectionStatus> }>(
      'GET',
      '/api/v1/connections',
    )
    return Object.values(connectionStatus)
  }

  /** How it is connected with a machine of that name. */
  async connection(name: string): Promise<ConnectionStatus | undefined> {
    return (await this.connections()).find((one) => one.name === name)
  }

  async isConnected(name: string): Promise<boolean> {
    return (await this.connection(name))?.connected === true
  }

  /** What has happened, oldest first. */
  async events(): Promise<EventView[]> {
    return (await this.#call<{ events: EventView[] }>('GET', '/api/v1/log?limit=1000')).events
  }

  async event(type: string, sinceMs: number): Promise<EventView | undefined> {
    return (await this.events()).find((event) => event.type === type && event.atMs >= sinceMs)
  }

  /** One round trip on a stream of its own, with the peer of that name. */
  async ping(name: string): Promise<number> {
    const { peers } = await this.#call<{ peers: { id: string; name: string }[] }>('GET', '/api/v1/peers')
    const peer = peers.find((one) => one.name === name)
    if (peer === undefined) throw new Error(`${this.name} has no peer ${name}`)
    return (await this.#call<{ roundTripMs: number }>('POST', `/api/v1/peers/${peer.id}/ping`)).roundTripMs
  }

  async ticket(): Promise<string> {
    return (await this.#call<{ ticket: string }>('POST', '/api/v1/tickets', {})).ticket
  }

  async pair(ticket: string): Promise<void> {
    await this.#call('POST', '/api/v1/pairings', { ticket })
  }

  async metrics(): Promise<string> {
    return (await this.#fetch('GET', '/metrics')).text()
  }

  /** The sum of a metric over all its series, or over those whose labels contain `label`; 0 if there is none. */
  async metric(name: string, label = ''): Promise<number> {
    const lines = (await this.metrics()).split('\n').filter((line) => line.startsWith(name) && line.includes(label))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  /** Attempts to open a TCP connection so far. */
  async attempts(): Promise<number> {
    const [command, ...args] = this.host.inside('nft')
    const text = await run(command, [...args, '-j', 'list', 'counters', 'table', 'inet', 'letter'])
    return Number(/"packets": ?(\d+)/.exec(text)?.[1])
  }

  /** Connections that are established, as the kernel counts them; those to this machine itself excluded. */
  async established(): Promise<number> {
    const [command, ...args] = this.host.inside('ss')
    const lines = (await run(command, [...args, '-Htn', 'state', 'established'])).split('\n')
    return lines.filter((line) => /10\.0\.\d+\.\d+/.test(line)).length
  }

  /** Processor time of the daemon so far, in seconds. */
  async processorSeconds(): Promise<number> {
    const text = await readFile(`/proc/${this.#process?.pid}/stat`, 'utf8')
    // Behind the name, which may hold anything: state, and eleven numbers before the two that count.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }

  #spawn(parameters: readonly string[]): ChildProcess {
    const [command, ...args] = this.host.inside(process.execPath)
    // Those of the bench look as if they were meant for the daemon.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')))
    const child = spawn(command, [...args, MAIN, ...parameters], { stdio: ['pipe', 'pipe', 'ignore'], env })
    this.#processes.add(child)
    child.once('exit', () => this.#processes.delete(child))
    return child
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    return JSON.parse(await (await this.#fetch(method, path, body)).text()) as T
  }

  async #fetch(method: string, path: string, body?: object): Promise<ApiResponse> {
    const response = await fetchLocally(this.dir, path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path} of ${this.name}: ${response.status} ${await response.text()}`)
    return response
  }
}

/** Looks again and again until `done`; answers after how many milliseconds, or undefined if `limitMs` went by. */
export async function until(done: () => boolean | Promise<boolean>, limitMs: number): Promise<number | undefined> {
  const startMs = performance.now()
  for (;;) {
    if (await done()) return performance.now() - startMs
    if (performance.now() - startMs > limitMs) return undefined
    await sleep(LOOK_MS)
  }
}

/** Pairs two machines whose daemons run: the first dials. Resolves when both say that they are connected. */
export async function pairMachines(alice: Machine, bob: Machine): Promise<void> {
  await alice.pair(await bob.ticket())
  const both = async (): Promise<boolean> => (await alice.isConnected(bob.name)) && (await bob.isConnected(alice.name))
  if ((await until(both, START_LIMIT_MS)) === undefined) throw new Error('The two do not connect after their pairing')
}

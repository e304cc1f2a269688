import { join } from 'node:path'
import type { OpenOptions } from '../../../src/index.ts'
import { Agent } from './agent.ts'
import { run } from './run.ts'

/** A machine: a network namespace, and a folder for its node. */
export class Host {
  readonly name: string
  readonly #namespace: string
  readonly #dir: string
  readonly #agents: Agent[] = []

  private constructor(name: string, namespace: string, dir: string) {
    this.name = name
    this.#namespace = namespace
    this.#dir = dir
  }

  static async create(name: string, namespace: string, dir: string): Promise<Host> {
    await run('ip', ['netns', 'add', namespace])
    const host = new Host(name, namespace, dir)
    await host.ip('link', 'set', 'lo', 'up')
    return host
  }

  get namespace(): string {
    return this.#namespace
  }

  /** Starts a process without a node, ready for commands. */
  process(): Promise<Agent> {
    const agent = new Agent(this.name, this.inside(process.execPath))
    this.#agents.push(agent)
    return agent.started.then(() => agent)
  }

  /** What `open` needs to know for the node of this machine, which is the same one each time. */
  options(options: Partial<OpenOptions> = {}): OpenOptions {
    return { dir: join(this.#dir, this.name), name: this.name, ...options }
  }

  /** Starts a process and opens its node. */
  async open(options: Partial<OpenOptions> = {}): Promise<Agent> {
    const agent = await this.process()
    await agent.ask('open', this.options(options))
    return agent
  }

  ip(...args: readonly string[]): Promise<string> {
    return run('ip', ['-n', this.#namespace, ...args])
  }

  async sysctl(name: string, value: string): Promise<void> {
    const [command, ...args] = this.inside('sysctl')
    await run(command, [...args, '-w', `${name}=${value}`])
  }

  /** A bridge with nothing outside of this machine behind it, as container programs make them. */
  async bridge(name: string, address: string): Promise<void> {
    // Without a port that is up, the bridge counts as unplugged.
    const port = `${name}p`
    await this.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', `${name}q`)
    await this.ip('link', 'add', 'name', name, 'type', 'bridge')
    await this.ip('link', 'set', port, 'master', name, 'up')
    await this.ip('link', 'set', `${name}q`, 'up')
    await this.ip('address', 'add', `${address}/16`, 'dev', name)
    await this.ip('link', 'set', name, 'up')
  }

  /** Loads rules of nftables. */
  async nft(rules: string): Promise<void> {
    const [command, ...args] = this.inside('nft')
    await run(command, [...args, '-f', '-'], rules)
  }

  /** Counts the TCP connections that this machine begins from now on: how many SYNs it sends. Answers how to ask for the count. */
  async countConnections(): Promise<() => Promise<number>> {
    await this.nft(`table inet begun {
  chain leaving {
    type filter hook output priority 0
    tcp flags & (syn | ack) == syn counter
  }
}
`)
    const [command, ...args] = this.inside('nft')
    return async () => {
      const listed = await run(command, [...args, 'list', 'table', 'inet', 'begun'])
      return Number(/counter packets (\d+)/.exec(listed)?.[1])
    }
  }

  /** The command line that runs `command` on this machine, in place of itself. */
  inside(command: string): [string, ...string[]] {
    return ['nsenter', `--net=/run/netns/${this.#namespace}`, command]
  }

  get agents(): readonly Agent[] {
    return this.#agents
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill()))
    await run('ip', ['netns', 'delete', this.#namespace])
  }
}

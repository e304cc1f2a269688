import type { Clock } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { ConnectError, InvalidAddressError, ListenError } from '../../transport/tcp/tcp-errors.ts'
import type { Channel, DialOptions, InboundChannel, Listener, Transport } from '../../transport/transport.ts'
import { dial } from './memory-dial.ts'
import { MemoryHost } from './memory-host.ts'
import { MemoryPath, type NetworkTrace } from './memory-path.ts'

export interface MemoryNetworkOptions {
  readonly clock: Clock
  /** From 0 to below 1; the only source of chance. */
  readonly random: () => number
  readonly trace?: NetworkTrace
}

/** `memory://host:port`, or `memory://host.interface:port` for another interface than the first. */
const form = /^memory:\/\/(\*|\d+\.\d+\.\d+\.\d+|[\w-]+)(?:\.([\w-]+))?:(\d{1,5})$/

interface MemoryAddress {
  readonly host: string
  /** Empty for the first. */
  readonly interface: string
  readonly port: number
}

/** A network in memory, for tests and simulations: hosts, and between any two a path for each interface, with conditions and faults. */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions
  readonly #hosts = new Map<string, MemoryHost>()
  readonly #paths = new Map<string, MemoryPath>()
  #channels = 0

  constructor(options: MemoryNetworkOptions) {
    this.#options = options
  }

  /** The machine of that name, made when it is first named. */
  host(name: string): MemoryHost {
    let host = this.#hosts.get(name)
    if (host === undefined) this.#hosts.set(name, (host = new MemoryHost(name, this.#options.clock)))
    return host
  }

  /** The way between two hosts over the interface of that name; the first interface has none. */
  path(one: string, other: string, interfaceName = ''): MemoryPath {
    const names = one < other ? ([one, other] as const) : ([other, one] as const)
    const key = `${names.join(' ')} ${interfaceName}`
    let path = this.#paths.get(key)
    if (path === undefined) {
      const { clock, random, trace = () => undefined } = this.#options
      path = new MemoryPath([this.host(names[0]), this.host(names[1])], { clock, random, trace })
      this.#paths.set(key, path)
    }
    return path
  }

  /** What the node with this id uses on the host of that name, until the host crashes: what is dialed by a process that is gone leads nowhere. */
  transport(hostName: string, id: PeerId): Transport {
    const host = this.host(hostName)
    const { crashes } = host
    return {
      scheme: 'memory',
      dial: (address, options) =>
        host.crashes === crashes ? this.#dial(host, id, address, options) : new Promise(() => undefined),
      listen: (address, arrived) => this.#listen(host, id, address, arrived),
    }
  }

  async #listen(
    host: MemoryHost,
    id: PeerId,
    text: string,
    arrived: (arrival: InboundChannel) => void,
  ): Promise<Listener> {
    const address = parse(text)
    if (address.host !== '*' && address.host !== host.name) throw new ListenError(text, { code: 'EADDRNOTAVAIL' })
    const own = { ...address, host: host.name, port: address.port === 0 ? host.takePort() : address.port }
    const key = placeOf(own)
    if (host.listeners.has(key)) throw new ListenError(text, Object.assign(new Error('in use'), { code: 'EADDRINUSE' }))
    const listener = { id, arrived }
    host.listeners.set(key, listener)
    return {
      address: `memory://${key}`,
      close: async () => {
        if (host.listeners.get(key) === listener) host.listeners.delete(key)
      },
    }
  }

  async #dial(host: MemoryHost, id: PeerId, text: string, { expect, signal }: DialOptions): Promise<Channel> {
    const address = parse(text)
    signal.throwIfAborted()
    const listenerHost = this.#hosts.get(address.host)
    if (listenerHost === undefined) throw new ConnectError(text, 'name-not-found', undefined)
    const path = this.path(host.name, address.host, address.interface)
    const local = `memory://${placeOf({ ...address, host: host.name, port: host.takePort() })}`
    const number = ++this.#channels
    this.#options.trace?.('dial', number, 0)
    return dial({
      clock: this.#options.clock,
      id,
      expect,
      signal,
      address: text,
      connection: path.connect(host, local, text, number, this.#secret()),
      conditions: path.conditions,
      listener: () => listenerHost.listeners.get(placeOf(address)),
    })
  }

  #secret(): Uint8Array {
    return Uint8Array.from({ length: 32 }, () => Math.floor(this.#options.random() * 256))
  }
}

function parse(text: string): MemoryAddress {
  const parts = form.exec(text)
  if (parts === null) throw new InvalidAddressError(text, 'it has another form than memory://host:port')
  const [, host = '', name = '', port] = parts
  return { host, interface: name, port: Number(port) }
}

function placeOf({ host, interface: name, port }: MemoryAddress): string {
  return `${host}${name === '' ? '' : `.${name}`}:${port}`
}

import { once } from 'node:events'
import type { DoctorCheck } from '../../../src/daemon/contract/doctor.ts'
import { examine } from '../../../src/daemon/doctor/doctor.ts'
import {
  type DiscoveryState,
  HoldfastError,
  type LinkInfo,
  type Node,
  type OpenOptions,
  open,
  type Peer,
  type PeerState,
} from '../../../src/index.ts'
import { noteConnections } from './connections.ts'
import { Crowd } from './crowd.ts'
import { ECHO, Echo, Flow, type StreamHost } from './flow.ts'
import type { AgentEvent, StreamReport, StreamSide } from './messages.ts'

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs' | 'peer'> : never

/**
 * What a scenario can ask an agent to do: each public method is a command, and a scenario calls it by `agent.ask(name, …)`. Arguments and
 * results go through JSON. Peers are known by their names.
 */
export class Commands {
  readonly #report: (peer: string, event: Unstamped<AgentEvent>) => void
  #node: Node | undefined
  #dir = ''
  readonly #flows: Flow[] = []
  readonly #crowd = new Crowd()
  readonly #begun = noteConnections()
  /** By who opened the stream. */
  readonly #echoes = new Map<string, Echo[]>()

  constructor(report: (peer: string, event: Unstamped<AgentEvent>) => void) {
    this.#report = report
  }

  async open(options: OpenOptions): Promise<void> {
    const node = await open(options)
    this.#node = node
    this.#dir = options.dir
    for (const peer of node.peers()) this.#watch(peer)
    node.on('paired', (peer) => this.#watch(peer))
    node.on('link:up', (peer, link) => this.#report(peer.name, { type: 'link:up', link }))
    node.on('link:lost', (peer, link, reason) => this.#report(peer.name, { type: 'link:lost', link, reason }))
    node.on('session', (peer) => this.#report(peer.name, { type: 'session' }))
    node.handle(ECHO, (stream, peer) => {
      const echo = new Echo(stream, this.#streamHost(peer.name, 'echo'))
      this.#echoes.set(peer.name, [...this.#echoesOf(peer.name), echo])
    })
  }

  async close(): Promise<void> {
    await this.#node?.close()
  }

  ticket(): Promise<string> {
    return this.#open.ticket()
  }

  async pair(ticket: string): Promise<void> {
    await this.#open.pair(ticket)
  }

  /** Resolves when a link to the peer is up. */
  async connected(peer: string): Promise<void> {
    await this.#peer(peer).connected()
  }

  state(peer: string): PeerState {
    return this.#peer(peer).state
  }

  links(peer: string): readonly LinkInfo[] {
    return this.#peer(peer).links
  }

  connectedCount(): number {
    return this.#open.counts.connectedPeers
  }

  /** Where TCP connections were begun to, as `host:port`, whatever came of them. */
  connectionsBegun(): readonly string[] {
    return this.#begun
  }

  discovery(): DiscoveryState {
    return this.#open.discovery
  }

  /** Where the node tells others that it can be dialed. */
  addresses(): readonly string[] {
    return this.#open.addresses
  }

  /** Where the node listens, with real ports. */
  listening(): readonly string[] {
    return this.#open.listening
  }

  /** See `Crowd`. */
  crowd(target: { readonly host: string; readonly port: number }, prefix: string, count: number): Promise<number> {
    return this.#crowd.open(target, prefix, count)
  }

  crowdHeld(): number {
    return this.#crowd.held
  }

  /** What the doctor finds about the peer. */
  async doctor(peer: string): Promise<readonly DoctorCheck[]> {
    const options = { dir: this.#dir, keepAlive: { mode: 'adaptive' }, signal: new AbortController().signal } as const
    const report = await examine({ node: this.#open, peer: this.#peer(peer), ...options })
    return report.peers[0]?.checks ?? []
  }

  /** The names of all peers. */
  peers(): readonly string[] {
    return this.#open.peers().map(({ name }) => name)
  }

  /** The names of the nodes that are heard on the local network. */
  nearby(): readonly string[] {
    return this.#open.nearby().map(({ name }) => name)
  }

  /** Opens a stream to the peer and sends the pattern on it; answers the number of the flow when the first bytes have come back. */
  async startFlow(peer: string, bytesPerSecond: number): Promise<number> {
    const stream = await this.#peer(peer).openStream(ECHO)
    const flow = this.#flows.push(new Flow(stream, bytesPerSecond, this.#streamHost(peer, 'flow'))) - 1
    await once(stream, 'data')
    return flow
  }

  async pauseFlow(flow: number): Promise<void> {
    await this.#flow(flow).pause()
  }

  resumeFlow(flow: number): void {
    this.#flow(flow).resume()
  }

  finishFlow(flow: number): Promise<StreamReport> {
    return this.#flow(flow).finish()
  }

  flow(flow: number): StreamReport {
    return this.#flow(flow).report
  }

  /** How many streams the peer has opened here. */
  echoCount(peer: string): number {
    return this.#echoesOf(peer).length
  }

  /** Resolves when this one of them is over. */
  async echoOver(peer: string, number: number): Promise<StreamReport> {
    const echo = this.#echoesOf(peer)[number]
    if (echo === undefined) throw new Error(`${peer} has opened no stream ${number}`)
    await echo.over
    return echo.report
  }

  get #open(): Node {
    if (this.#node === undefined) throw new Error('The agent has no open node')
    return this.#node
  }

  #peer(name: string): Peer {
    const peer = this.#open.peers().find((candidate) => candidate.name === name)
    if (peer === undefined) throw new Error(`No peer is called "${name}"`)
    return peer
  }

  #flow(number: number): Flow {
    const flow = this.#flows[number]
    if (flow === undefined) throw new Error(`There is no flow ${number}`)
    return flow
  }

  #echoesOf(peer: string): readonly Echo[] {
    return this.#echoes.get(peer) ?? []
  }

  #watch(peer: Peer): void {
    peer.on('state', (state) => this.#report(peer.name, { type: 'state', state }))
    peer.on('dial:failed', (_attempt, error) => {
      const code = error instanceof HoldfastError ? error.code : ''
      this.#report(peer.name, { type: 'dial:failed', code, message: error.message })
    })
  }

  #streamHost(peer: string, stream: StreamSide): StreamHost {
    return {
      gap: (fromMs) => this.#report(peer, { type: 'gap', stream, fromMs }),
      failed: (code) => this.#report(peer, { type: 'failed', stream, code }),
    }
  }
}

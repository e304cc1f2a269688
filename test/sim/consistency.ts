import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Node } from '../../src/node/api.ts'
import { RemotePeer } from '../../src/node/peer.ts'
import type { MemoryDisk } from '../../src/store/memory.ts'
import { keyOf, type Mirror, type MirroredPeer } from './mirror.ts'
import type { Report } from './oracle.ts'

/** What was compared last, and agreed: arrays and records that are replaced when they change. */
interface Compared {
  links: unknown
  addresses: unknown
  record: unknown
}

/** Compares what a node shows of its peers, what it has on disk, and what its events have said. Cheap where nothing has changed. */
export class Consistency {
  readonly #node: Node
  readonly #disk: MemoryDisk
  readonly #mirror: Mirror
  readonly #report: Report
  readonly #compared = new Map<PeerId, Compared>()

  constructor(node: Node, disk: MemoryDisk, mirror: Mirror, report: Report) {
    this.#node = node
    this.#disk = disk
    this.#mirror = mirror
    this.#report = report
  }

  check(): void {
    const { peers } = this.#mirror
    const shown = this.#node.peers().length
    if (shown !== peers.size) this.#report(`it has ${shown} peers, and told of ${peers.size}`)
    if (this.#disk.peers.size !== peers.size)
      this.#report(`${this.#disk.peers.size} peers are on disk, and ${peers.size} are paired`)
    for (const mirrored of peers.values()) this.#checkPeer(mirrored)
  }

  #checkPeer(mirrored: MirroredPeer): void {
    const { peer } = mirrored
    const { state } = peer
    const wrong = (problem: string): void => this.#report(`its peer ${peer.name} ${problem}`)
    if (state !== mirrored.state) wrong(`is ${state.kind}, and told to be ${mirrored.state.kind}`)
    const isConnected = state.kind === 'connected' || state.kind === 'degraded'
    if (isConnected !== mirrored.isConnected)
      wrong(`is ${state.kind}, and told to be ${mirrored.isConnected ? 'connected' : 'disconnected'}`)
    if (isConnected !== mirrored.links.length > 0)
      wrong(`is ${state.kind}, and told to have ${mirrored.links.length} links`)
    if (!(peer instanceof RemotePeer)) return
    let compared = this.#compared.get(peer.id)
    if (compared === undefined)
      this.#compared.set(peer.id, (compared = { links: undefined, addresses: undefined, record: undefined }))
    const links = peer.driver?.session.links
    if (links !== compared.links) {
      compared.links = links
      checkLinks(mirrored, wrong)
    }
    checkSuspicion(peer, wrong)
    const record = this.#disk.peers.get(peer.id)
    if (record === compared.record && peer.file.addresses === compared.addresses) return
    compared.record = record
    compared.addresses = peer.file.addresses
    if (record === undefined) wrong('is not on disk')
    else if (record.name !== peer.name) wrong(`is called ${record.name} on disk`)
    else if (record.addresses.join() !== peer.file.addresses.join())
      wrong(`has the addresses ${record.addresses.join()} on disk`)
    else if (record.instanceStart !== peer.file.instanceStart) wrong(`has another instance on disk`)
  }
}

function checkLinks({ peer, links }: MirroredPeer, wrong: Report): void {
  const shown = peer.links.map(keyOf).sort().join()
  const told = links.toSorted().join()
  if (shown !== told) wrong(`has the links [${shown}], and told of [${told}]`)
}

/** It is degraded exactly while no link answers, or those that do are poor. */
function checkSuspicion({ state, driver }: RemotePeer, wrong: Report): void {
  if (state.kind !== 'connected' && state.kind !== 'degraded') return
  const links = driver?.session.links ?? []
  const answering = links.filter(({ liveness }) => !liveness.suspect)
  const isPoor = answering.every(({ health: { band } }) => band === 'poor' || band === 'critical')
  const trouble = answering.length === 0 ? 'no-answer' : isPoor ? 'poor-health' : 'none'
  const told = state.kind === 'degraded' ? state.cause : 'none'
  if (told !== trouble) wrong(`tells of the trouble "${told}", and its links have "${trouble}"`)
}

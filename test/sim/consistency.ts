import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Node, Peer } from '../../src/node/api.ts'
import { RemotePeer } from '../../src/node/peer/peer.ts'
import type { MemoryDisk } from '../../src/store/memory.ts'
import type { Mirror, MirroredPeer } from './mirror.ts'
import type { Report } from './oracle.ts'

/** What was compared last, and agreed: arrays and records that are replaced when they change. */
interface Compared {
  state: unknown
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
    let passing = 0
    for (const { peer } of peers.values()) if (isPassing(peer)) passing++
    if (this.#disk.peers.size !== peers.size - passing)
      this.#report(`${this.#disk.peers.size} peers are on disk, and ${peers.size - passing} are for good`)
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
    if (isConnected !== mirrored.links.size > 0)
      wrong(`is ${state.kind}, and told to have ${mirrored.links.size} links`)
    if (peer.name !== mirrored.name) wrong(`was told to be called ${mirrored.name}`)
    const compared = this.#comparedOf(peer)
    if (state !== compared.state) {
      compared.state = state
      if (isConnected !== this.#node.isConnected(peer.id)) wrong(`is ${state.kind}, and not counted so`)
    }
    if (peer instanceof RemotePeer) this.#checkParts(mirrored, peer, compared, wrong)
  }

  #comparedOf({ id }: Peer): Compared {
    let compared = this.#compared.get(id)
    if (compared === undefined) {
      compared = { state: undefined, links: undefined, addresses: undefined, record: undefined }
      this.#compared.set(id, compared)
    }
    return compared
  }

  #checkParts(mirrored: MirroredPeer, peer: RemotePeer, compared: Compared, wrong: Report): void {
    const links = peer.driver?.session.links
    if (links !== compared.links) {
      compared.links = links
      checkLinks(mirrored, wrong)
    }
    checkSuspicion(peer, wrong)
    checkDecision(peer, wrong)
    const record = this.#disk.peers.get(peer.id)
    if (isPassing(peer)) {
      if (record !== undefined) wrong(`is a ${peer.relation}, and on disk`)
      return
    }
    if (record?.name !== peer.name) wrong(`is called ${record?.name} on disk`)
    if (record === compared.record && peer.file.addresses === compared.addresses) return
    compared.record = record
    compared.addresses = peer.file.addresses
    const { file } = peer
    if (record?.addresses.join() !== file.addresses.join())
      wrong(`has the addresses ${record?.addresses.join()} on disk`)
    if (record?.instanceStart !== file.instanceStart) wrong('has another instance on disk')
    if (record?.paused !== file.isPaused || record.blocked !== file.isBlocked) wrong('is otherwise wanted on disk')
  }
}

/** A guest, or a node where this one is a guest: nothing of them is kept. */
function isPassing({ relation }: Peer): boolean {
  return relation === 'guest' || relation === 'host'
}

function checkLinks({ peer, links }: MirroredPeer, wrong: Report): void {
  const shown = peer.links.map(({ id }) => id)
  const agree = shown.length === links.size && shown.every((id) => links.has(id))
  if (!agree) wrong(`has the links [${shown.join()}], and told of [${[...links].join()}]`)
}

/** It is degraded exactly while no link answers, or those that do are poor. */
function checkSuspicion({ state, driver }: RemotePeer, wrong: Report): void {
  if (state.kind !== 'connected' && state.kind !== 'degraded') return
  const links = driver?.session.links ?? []
  const answering = links.filter(({ liveness }) => !liveness.suspect)
  const isPoor = answering.every(
    ({ liveness, health: { band } }) => liveness.oneWay || band === 'poor' || band === 'critical',
  )
  const trouble = answering.length === 0 ? 'no-answer' : isPoor ? 'poor-health' : 'none'
  const told = state.kind === 'degraded' ? state.cause : 'none'
  if (told !== trouble) wrong(`tells of the trouble "${told}", and its links have "${trouble}"`)
}

/** What a person wants holds from that moment. */
function checkDecision({ state, file }: RemotePeer, wrong: Report): void {
  if (file.isBlocked ? state.kind !== 'blocked' : file.isPaused && state.kind !== 'paused')
    wrong(`is ${state.kind}, though somebody ${file.isBlocked ? 'blocked' : 'paused'} it`)
}

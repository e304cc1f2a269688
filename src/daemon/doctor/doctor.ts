import type { KeepAlive } from '../../core/health/keep-alive.ts'
import type { Node, Peer } from '../../node/api.ts'
import type { DoctorCheck, DoctorReport } from '../contract/doctor.ts'
import { type Clocks, checkOwnClock, systemClocks } from './check-clock.ts'
import { checkConnection } from './check-connection.ts'
import { checkFolder } from './check-folder.ts'
import { checkMulticast } from './check-multicast.ts'
import { checkInterfaces, checkListening } from './check-node.ts'
import { checkReach } from './check-reach.ts'
import { checkKeepAlive, checkSession } from './check-session.ts'
import type { Dialing } from './dialed.ts'
import { info } from './finding.ts'

/** Peers that are examined at a time: each is dialed at up to 16 addresses. */
const peersAtOnceMax = 8
const dialTimeoutMsDefault = 5_000

export interface DoctorOptions {
  readonly node: Node
  /** The node's folder. */
  readonly dir: string
  /** Whom to ask about; all of them by default. */
  readonly peer?: Peer | undefined
  /** How the node watches its links. */
  readonly keepAlive: KeepAlive
  readonly signal: AbortSignal
  readonly clocks?: Clocks
  /** How long each address is given to answer. Default 5 s. */
  readonly dialTimeoutMs?: number
}

/**
 * Why can a peer not be reached? Looks at this node, its folder, its network and its clock, dials every address that is known of each peer, tries once more to connect
 * to those that are away, and asks those that are connected. Disturbs no session. Takes up to about 20 s for a peer that does not answer.
 */
export async function examine(options: DoctorOptions): Promise<DoctorReport> {
  const { node, peer, signal, clocks = systemClocks, dialTimeoutMs = dialTimeoutMsDefault } = options
  const dialing = { node, signal, timeoutMs: dialTimeoutMs }
  const peers = peer === undefined ? node.peers() : [peer]
  const [ofNode, ofPeers] = await Promise.all([
    examineNode(options, dialing, clocks),
    someAtOnce(peers, (one) => examinePeer(options, dialing, one, clocks.wallNow())),
  ])
  return { atMs: clocks.wallNow(), node: ofNode, peers: ofPeers }
}

async function examineNode({ node, dir }: DoctorOptions, dialing: Dialing, clocks: Clocks): Promise<DoctorCheck[]> {
  const [listening, folder] = await Promise.all([checkListening(dialing), checkFolder(dir)])
  const none =
    node.peers().length > 0
      ? []
      : [info('peers', 'no peer is paired yet: `holdfast ticket` on one machine, `holdfast pair` on the other')]
  return [
    ...listening,
    checkInterfaces(),
    checkMulticast(node.discovery, clocks.wallNow()),
    checkOwnClock(clocks),
    ...folder,
    ...none,
  ]
}

async function examinePeer(
  { keepAlive, signal }: DoctorOptions,
  dialing: Dialing,
  peer: Peer,
  nowMs: number,
): Promise<DoctorReport['peers'][number]> {
  const { checks: reach, answers } = await checkReach(dialing, peer, nowMs)
  const connection = await checkConnection(peer, answers, nowMs, signal)
  const session = peer.links.length > 0 ? await checkSession(peer, signal) : []
  const { id, name, settings } = peer
  return {
    peer: { id, name },
    checks: [
      connection,
      ...reach,
      ...session,
      checkKeepAlive(settings.keepAlive, keepAlive),
      ...checkProtocols(settings),
    ],
  }
}

function checkProtocols({ protocols, connectPolicy }: Peer['settings']): DoctorCheck[] {
  return [
    ...(protocols === 'all'
      ? []
      : [
          info(
            'protocols',
            `it may use ${protocols.length === 0 ? 'nothing' : `${protocols.join(', ')} and nothing else`}`,
            {
              protocols: [...protocols],
            },
          ),
        ]),
    ...(connectPolicy === 'always'
      ? []
      : [
          info('connect-policy', 'it is connected on demand: only while something uses the connection', {
            connectPolicy,
          }),
        ]),
  ]
}

async function someAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const entries = items.entries()
  const worker = async (): Promise<void> => {
    for (const [at, item] of entries) results[at] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(peersAtOnceMax, items.length) }, worker))
  return results
}

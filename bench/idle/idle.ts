import { setTimeout as sleep } from 'node:timers/promises'
import { remoteOf } from '../rpc.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import type { IdleHost, IdleName } from './idle-host.ts'
import { readWire, wirePerPeerAndMinute } from './wire.ts'

const CALL_LIMIT_MS = 1_800_000
/** Peers that are there before the first reading of memory, at a node of their own, so that code and pools have grown. */
const PEERS_BEFORE = 100
/** For those that have nothing to settle but their garbage, in minutes. */
const SETTLE_MIN = 1 / 6
/** A process may open so many files, less some. */
const CLIENTS_A_PROCESS = 5_000
export const idle = scenario({
  about: 'One node with many connected peers, at rest',
  details: `bytesPerPeer               resident memory of the node's process for each peer, beyond that of a bare TLS socket;
                           at most 15,000 are promised
wireBytesPerPeerPerMinute  both directions together, with headers of IP and TCP and the kernel's keep-alive, as the
                           counters of loopback say; at most 200 are promised
wireBytesBeyondTls         the same, less what plain TLS takes, which is the kernel's keep-alive
tlsBytes                   what of all that TCP carried: TLS records
cpuPercentOfOneCore        of the node's process; less than 2 % are promised
eventLoopLagP99Ms          of the node's process
Bytes on the wire are counted in a network namespace, which needs root; elsewhere they are null. All begin with one
exchange, and while thousands connect at once round trips are long: Holdfast looks at such links more often until they have shown
that they are well, and \`settle\` is the time for that. Plain TLS has the kernel's keep-alive as Holdfast sets it; \`tlsAsked\` is
plain TLS on which six bytes go there and back as often as Holdfast pings: what Node takes for that.`,
  options: {
    peers: { value: 10_000, least: 1, about: 'peers' },
    settle: { value: 3, least: 0, about: 'minutes between the last connection and the rest', fraction: true },
    minutes: { value: 5, least: 0.1, about: 'minutes of rest that are measured', fraction: true },
    'tls-minutes': { value: 1, least: 0.1, about: 'the same for plain TLS', fraction: true },
    'libp2p-peers': { value: 500, least: 0, about: 'peers of a node of js-libp2p, measured for a minute, 0 for none' },
  },
  against: ['libp2p'],
  async run(options, stage) {
    const { peers } = options
    const tls = await measure('tls', peers, { minutes: options['tls-minutes'], settle: SETTLE_MIN }, stage)
    const tlsAsked = await measure('tls-asked', peers, { minutes: options['tls-minutes'], settle: SETTLE_MIN }, stage)
    const holdfast = await measure('holdfast', peers, options, stage)
    const others = options['libp2p-peers']
    return {
      peers,
      ...holdfast,
      bytesPerPeer: holdfast.residentBytesPerPeer - tls.residentBytesPerPeer,
      wireBytesBeyondTls: difference(holdfast.wireBytesPerPeerPerMinute, tls.wireBytesPerPeerPerMinute),
      tls,
      tlsAsked,
      ...(others > 0 &&
        stage.has('libp2p') && {
          libp2p: await measure('libp2p', others, { minutes: 1, settle: SETTLE_MIN }, stage),
        }),
    }
  },
})

/** Times in minutes. */
interface Rests {
  readonly settle: number
  readonly minutes: number
}

interface IdleResult {
  readonly residentBytesPerPeer: number
  /** Null where nobody counts them. */
  readonly wireBytesPerPeerPerMinute: number | null
  readonly cpuPercentOfOneCore: number
  readonly eventLoopLagP99Ms: number
  /** Of the peers, at the end. */
  readonly connected: number
}

function difference(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one - other
}

async function measure(name: IdleName, peers: number, { minutes, settle }: Rests, stage: Stage): Promise<IdleResult> {
  const start = async (side: 'server' | 'client') => {
    const child = stage.children.startWorker('idle', side)
    const host = remoteOf<IdleHost>(child, CALL_LIMIT_MS)
    await host.load(name)
    return { host, end: () => child.end() }
  }
  stage.progress(`idle: ${peers} peers of ${name} connect`)
  const server = await start('server')
  const shares = split(peers, CLIENTS_A_PROCESS)
  const clients = await Promise.all(shares.map(() => start('client')))
  const join = async (counts: readonly number[]): Promise<void> => {
    const introductions = await Promise.all(clients.map(({ host }, at) => host.introduce(counts[at] ?? 0)))
    const invitation = await server.host.listen(introductions.flat())
    await Promise.all(clients.map(({ host }) => host.connect(invitation)))
  }
  await join(split(PEERS_BEFORE, Math.ceil(PEERS_BEFORE / shares.length)))
  const before = await server.host.memory()
  await join(shares)
  stage.progress(`idle: ${settle} minutes to settle`)
  await sleep(settle * 60_000)

  stage.progress(`idle: ${minutes} minutes of rest`)
  const wireBefore = stage.hasOwnNetwork ? readWire() : undefined
  await server.host.beginRest()
  await sleep(minutes * 60_000)
  const rest = await server.host.endRest()
  const wire =
    wireBefore === undefined
      ? { wireBytesPerPeerPerMinute: null }
      : wirePerPeerAndMinute(wireBefore, readWire(), peers + PEERS_BEFORE, minutes)
  const residentBytesPerPeer = ((await server.host.memory()) - before) / peers
  for (const { end } of [server, ...clients]) end()
  return { residentBytesPerPeer, ...wire, ...rest }
}

function split(count: number, most: number): number[] {
  const parts = Math.ceil(count / most)
  return Array.from({ length: parts }, (_, at) => Math.floor((count + at) / parts))
}

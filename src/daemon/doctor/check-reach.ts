// Where a peer is known to be, and what each place answers just now.
import type { AddressSource, KnownAddress } from '../../core/dial/address-book.ts'
import type { Peer } from '../../node/api.ts'
import { duration } from '../../node/events/duration.ts'
import type { ConnectFailure } from '../../transport/tcp/tcp-errors.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { type Dialed, type Dialing, dialed } from './dialed.ts'
import { fail, info, ok, warn } from './finding.ts'

/** The least that IPv6 demands of every path (RFC 8200, section 5), so tunnels leave as much. */
const MTU_SAFE_BYTES = 1_280

/** What came of dialing all addresses of a peer. */
export interface Reach {
  readonly checks: readonly DoctorCheck[]
  /** The peer itself answers at one of them. */
  readonly answers: boolean
}

/** Dials every address that is known of the peer, all at once. */
export async function checkReach(dialing: Dialing, peer: Peer, nowMs: number): Promise<Reach> {
  const { addresses } = peer
  const results = await Promise.all(addresses.map(({ address }) => dialed(dialing, address, peer.id)))
  const answers = results.some(({ kind }) => kind === 'answered')
  const isConnected = peer.links.length > 0
  const checks = addresses.map((known, at) => ofAddress(known, results[at], answers || isConnected, nowMs))
  return { checks: [...summary(peer.name, results, answers, isConnected), ...checks], answers }
}

function summary(name: string, results: readonly Dialed[], answers: boolean, isConnected: boolean): DoctorCheck[] {
  if (answers) return []
  if (isConnected) {
    return [
      info(
        'reach',
        results.length === 0
          ? `${name} dialed this node; no address is known where it could be dialed itself`
          : `${name} dialed this node; none of the addresses that are known of it answers from here`,
      ),
    ]
  }
  if (results.length === 0) {
    return [
      fail(
        'reach',
        `no address of ${name} is known, so it has to dial this node`,
        'start it where this node can be reached, or pair again while both run',
      ),
    ]
  }
  const others = results.filter(({ kind }) => kind !== 'this-node')
  if (others.length === 0) {
    return [
      fail(
        'reach',
        `all that is known of ${name} leads to this node itself, so ${name} has to dial it`,
        `give one of the two another port (\`listen\`), or let ${name} tell an address that this machine does not have (\`advertise\`)`,
      ),
    ]
  }
  return [fail('reach', `${name} answers at none of its ${counted(others.length)}`, cureOf(others))]
}

/** The likely one: what all of them have in common, or else where to begin. */
function cureOf(results: readonly Dialed[]): string {
  if (results.every(({ kind }) => kind === 'somebody-else')) {
    return 'its machine has another identity now, or its addresses have passed to others: pair again'
  }
  const reasons = new Set<ConnectFailure>(
    results.flatMap((result) => (result.kind === 'failed' ? [result.reason] : [])),
  )
  const small = results.flatMap((result) =>
    result.kind === 'failed' && result.small !== undefined ? [result.small] : [],
  )
  const passing = small.find(({ kind }) => kind === 'answered')
  if (passing?.kind === 'answered') return mtuCure(passing.interface)
  if (small.length > 0) {
    return 'the program there hangs, or something on the way takes connections in its place: stop it on that machine, and start it again (`holdfast up`)'
  }
  if (reasons.has('refused')) return 'start Holdfast on that machine (`holdfast up`); its port may have changed'
  if (reasons.has('timed-out') || reasons.has('unreachable')) {
    return 'see whether that machine is on, awake and in a network that can be reached from here; a firewall may drop the connection'
  }
  if (reasons.has('name-not-found')) return 'check the name and the DNS of this machine'
  return 'look at each address below'
}

/** A smaller MTU at either end helps both: it is also what that end tells the other one to send at most. */
function mtuCure(name: string | undefined): string {
  const commands: Partial<Record<NodeJS.Platform, string>> = {
    linux: `\`ip link set dev ${name} mtu ${MTU_SAFE_BYTES}\``,
    darwin: `\`ifconfig ${name} mtu ${MTU_SAFE_BYTES}\``,
  }
  const command = name === undefined ? undefined : commands[process.platform]
  const how = command ?? `set the MTU of the interface that leads there to ${MTU_SAFE_BYTES} bytes`
  return `large packets are lost on the way and nobody says so (an MTU that is too large for a tunnel or router between); as administrator of this machine or that one: ${how}`
}

function ofAddress(known: KnownAddress, result: Dialed | undefined, isReached: boolean, nowMs: number): DoctorCheck {
  const { address, source, learnedAtMs, lastReachedMs, standing } = known
  const since = `${sources[source]}, known for ${duration(Math.max(0, nowMs - learnedAtMs))}`
  const worked =
    lastReachedMs === undefined ? 'never worked' : `worked ${duration(Math.max(0, nowMs - lastReachedMs))} ago`
  const text = (answer: string): string => `${address}: ${answer} (${since}, ${worked})`
  const data = {
    address,
    source,
    standing,
    learnedAtMs,
    lastReachedMs: lastReachedMs ?? null,
    result: result?.kind ?? null,
  }
  switch (result?.kind) {
    case 'answered':
      return ok('address', text(`answers within ${milliseconds(result.totalMs)}`), { ...data, totalMs: result.totalMs })
    case 'this-node':
      return info(
        'address',
        text('leads to this node itself, whose machine has that address too; it is not dialed'),
        data,
      )
    case 'somebody-else':
      return warn(
        'address',
        text(`another node answers, ${result.id}`),
        'nothing, if the peer moved; else pair again',
        {
          ...data,
          id: result.id,
        },
      )
    case 'failed': {
      const facts = {
        ...data,
        reason: result.reason,
        ...(result.small && { smallReply: result.small.kind === 'answered' }),
      }
      // Of several addresses some are always of another network; that matters only where no other answers.
      return isReached ? info('address', text(result.text), facts) : warn('address', text(result.text), null, facts)
    }
    case undefined:
      return info('address', text('was not dialed'), data)
  }
}

const sources: Readonly<Record<AddressSource, string>> = {
  announced: 'told by the peer itself',
  given: 'given by a person',
  mdns: 'heard on the local network',
  earlier: 'from earlier',
}

function counted(count: number): string {
  return count === 1 ? 'one known address' : `${count} known addresses`
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

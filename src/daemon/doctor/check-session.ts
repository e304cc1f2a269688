// What a session tells: a round trip, the peer's clock, its version, what it sees of this node, and how its links are watched.
import { MINOR_VERSION } from '../../core/frame/constants.ts'
import { type KeepAlive, resolveKeepAlive } from '../../core/health/keep-alive.ts'
import type { LinkInfo, Peer } from '../../node/api.ts'
import { duration } from '../../node/events/duration.ts'
import { ping } from '../../services/ping.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { checkPeerClock } from './check-clock.ts'
import { milliseconds } from './check-reach.ts'
import { fail, info, ok, warn } from './finding.ts'

const pingTimeoutMs = 5_000
/** Losses in an hour that are more than the network's everyday. */
const lossesPerHourMax = 4
/** Share of probes that may go unanswered without a word about it. */
const lossMax = 0.1
/** Many routers forget a connection that was silent for so long. */
const silenceMsMax = 5 * 60_000

/** All of it for a peer that is connected. `keepAlive`: how the node's links are watched unless the peer has a setting of its own. */
export async function checkSession(peer: Peer, signal: AbortSignal): Promise<DoctorCheck[]> {
  return [...(await checkPing(peer, signal)), checkVersion(peer), ...checkOtherSide(peer), ...checkHealth(peer)]
}

async function checkPing(peer: Peer, signal: AbortSignal): Promise<DoctorCheck[]> {
  const limit = AbortSignal.timeout(pingTimeoutMs)
  try {
    const { roundTripMs, served, clockAheadMs } = await ping(peer, { signal: AbortSignal.any([signal, limit]) })
    const text = `a message and its answer took ${milliseconds(roundTripMs)} through the session`
    return [
      served
        ? ok('ping', text, { roundTripMs })
        : info('ping', `${text}; ${peer.name} runs a program that does not serve pings, so its clock is not known`, {
            roundTripMs,
          }),
      ...(clockAheadMs === undefined ? [] : [checkPeerClock(peer.name, clockAheadMs, roundTripMs)]),
    ]
  } catch (error) {
    signal.throwIfAborted()
    if (!limit.aborted)
      return [fail('ping', `a ping failed: ${(error as Error).message}`, 'look at the log of both nodes')]
    return [
      fail(
        'ping',
        `the session is up, but nothing came back within ${pingTimeoutMs / 1000} s`,
        'wait a moment: the connection is being probed, and replaced if it is dead',
      ),
    ]
  }
}

function checkVersion({ name, said }: Peer): DoctorCheck {
  if (said === undefined) return info('version', `what ${name} speaks was not told yet`)
  const data = { theirs: `1.${said.minor}`, ours: `1.${MINOR_VERSION}` }
  if (said.minor === MINOR_VERSION) return ok('version', `both speak version 1.${said.minor} of the protocol`, data)
  const older = said.minor < MINOR_VERSION ? name : 'this node'
  return info(
    'version',
    `${name} speaks version 1.${said.minor} of the protocol and this node 1.${MINOR_VERSION}; they fit, and do what ${older} knows`,
    data,
  )
}

/** As it sees this node: from where, and how well it hears it. */
function checkOtherSide({ name, said, links }: Peer): DoctorCheck[] {
  const checks: DoctorCheck[] = []
  if (said?.observedAddress !== undefined) {
    const { observedAddress } = said
    const isTranslated = links.every(({ localAddress }) => hostOf(localAddress) !== hostOf(observedAddress))
    const nat = isTranslated ? ': a router between the two translates addresses' : ''
    checks.push(
      info('other-side', `${name} saw this node at ${observedAddress}${nat}`, { observedAddress, isTranslated }),
    )
  }
  for (const { remote, address, loss } of links) {
    if (remote === undefined) continue
    const text = `over ${address} ${name} measures ${milliseconds(remote.roundTripMs)}, ${percent(remote.loss)} lost, health ${Math.round(remote.score)}`
    const isOneWay = remote.loss - (loss ?? 0) > lossMax
    checks.push(
      isOneWay
        ? warn(
            'other-side',
            `${text}; this node loses ${percent(loss ?? 0)}`,
            'look for a path or firewall that works better one way',
            { remote },
          )
        : info('other-side', text, { remote }),
    )
  }
  return checks
}

function checkHealth(peer: Peer): DoctorCheck[] {
  const { lossesLastHour } = peer.health
  const checks = peer.links.map(ofLink)
  if (lossesLastHour > lossesPerHourMax) {
    checks.push(
      warn(
        'losses',
        `${peer.name} was lost ${lossesLastHour} times within the last hour`,
        '`holdfast events` tells each reason; what they have in common is the cause',
        { lossesLastHour },
      ),
    )
  }
  return checks
}

function ofLink({
  address,
  direction,
  score,
  band,
  roundTripMs,
  jitterMs,
  loss,
  sinceMs,
  state,
}: LinkInfo): DoctorCheck {
  const way = direction === 'outbound' ? `over ${address}` : `from ${address}`
  const data = { address, direction, score: score ?? null, band: band ?? null, sinceMs }
  if (score === undefined || roundTripMs === undefined) return info('link', `${way}: not measured yet`, data)
  const text = `${way}: health ${Math.round(score)} (${band}), ${milliseconds(roundTripMs)} ± ${milliseconds(jitterMs ?? 0)}, ${percent(loss ?? 0)} lost`
  if (state === 'suspect')
    return warn('link', `${text}; it does not answer at the moment`, 'wait: it is probed, and another sought', data)
  if (score >= 40) return ok('link', text, data)
  return warn('link', text, 'look at the Wi-Fi, or at what else uses the line; another way is sought meanwhile', data)
}

/** How links are watched: `own` for this peer, or else as the node does. */
export function checkKeepAlive(own: KeepAlive | undefined, ofNode: KeepAlive): DoctorCheck {
  const keepAlive = resolveKeepAlive(own ?? ofNode)
  const whose = own === undefined ? '' : ' (set for this peer)'
  const silenceMs = silenceOf(keepAlive)
  const text = `an idle connection is asked ${howOften(keepAlive)}${whose}`
  if (silenceMs <= silenceMsMax) return ok('keep-alive', text, { keepAlive })
  return warn(
    'keep-alive',
    `${text}; many routers forget a connection that is silent for 5 min`,
    'choose a shorter interval if the peer is lost when nothing is sent',
    { keepAlive },
  )
}

function howOften(keepAlive: ReturnType<typeof resolveKeepAlive>): string {
  switch (keepAlive.mode) {
    case 'adaptive':
      return `every ${duration(keepAlive.intervalMsMin)} to ${duration(keepAlive.intervalMsMax)}, by its health`
    case 'fixed':
      return `every ${duration(keepAlive.intervalMs)}, and lost after ${keepAlive.failures} failures`
    case 'tcp':
      return `by the system alone, after ${duration(keepAlive.idleMs)}${keepAlive.pingsUnderLoad ? '' : ', and never pinged'}`
  }
}

function silenceOf(keepAlive: ReturnType<typeof resolveKeepAlive>): number {
  switch (keepAlive.mode) {
    case 'adaptive':
      return keepAlive.intervalMsMax
    case 'fixed':
      return keepAlive.intervalMs
    case 'tcp':
      return keepAlive.idleMs
  }
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

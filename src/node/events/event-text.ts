import type { PeerState } from '../../core/peer/peer-machine.ts'
import { visible } from '../../core/visible.ts'
import type { LinkInfo } from '../api.ts'
import { duration } from './duration.ts'
import { causeOf } from './event-explain.ts'
import type { NodeEvent } from './events.ts'

/**
 * An event in one plain sentence for people, without a full stop. With `nowMs` (milliseconds since 1970) it says how long ago that was, and times to come are
 * counted from there; the default is the moment of the event.
 */
export function describeEvent(event: NodeEvent, nowMs: number = event.atMs): string {
  const agoMs = nowMs - event.atMs
  const text = visible(sentence(event, nowMs))
  return agoMs < 1_000 ? text : `${duration(agoMs)} ago: ${text}`
}

function sentence(event: NodeEvent, nowMs: number): string {
  switch (event.type) {
    case 'peer:paired':
      return `${event.peer.name} is a peer now`
    case 'peer:unpaired':
      return `${event.peer.name} is no peer any more`
    case 'peer:renamed':
      return `${event.before} is now called ${event.peer.name}`
    case 'peer:settings':
      return `the settings of ${event.peer.name} were changed`
    case 'peer:state':
      return `${event.peer.name} ${describeState(event.state, nowMs)}`
    case 'peer:connected': {
      const away = event.awayMs === undefined ? '' : ` again after ${duration(event.awayMs)}`
      return `connected to ${event.peer.name}${away}, ${way(event.link)}`
    }
    case 'peer:disconnected':
      return `lost ${event.peer.name} after ${duration(event.heldMs)}: ${causeOf(event.reason)}; ${next(event.nextAttempt, nowMs)}`
    case 'peer:path':
      return `${event.peer.name} is ${pathText[event.path]} now${event.before === 'none' || event.path === 'none' ? '' : `, no longer ${pathText[event.before]}`}`
    case 'link:up':
      return `a link to ${event.peer.name} is up, ${way(event.link)}`
    case 'link:lost': {
      const left = event.remaining === 0 ? 'none is left' : `${counted(event.remaining, 'link')} left`
      return `lost a link to ${event.peer.name} after ${duration(event.heldMs)}, ${way(event.link)} (${left}): ${causeOf(event.reason)}`
    }
    case 'link:active': {
      const before = event.from === undefined ? '' : `, no longer ${way(event.from)}`
      return `${event.peer.name} is reached ${way(event.to)} now${before}`
    }
    case 'session:new':
      return `a session with ${event.peer.name} begins; streams of an earlier one are gone`
    case 'health:band':
      return `the link to ${event.peer.name} ${way(event.link)} is ${event.band} now (score ${Math.round(event.score)}${event.before === undefined ? '' : `, ${event.before} before`})`
    case 'dial:failed': {
      const where = event.addresses.length === 0 ? '' : ` at ${event.addresses.join(', ')}`
      return `attempt ${event.attempt} to reach ${event.peer.name}${where} failed: ${event.message}; ${next(event.nextAttempt, nowMs)}`
    }
    case 'nearby:found': {
      const { name, addresses, isPaired } = event.node
      return `${isPaired ? 'the peer ' : ''}${name} is on the local network, at ${addresses.join(', ')}`
    }
    case 'nearby:lost':
      return `${event.name} is on the local network no more`
    case 'pairing:requested':
      return event.direction === 'inbound'
        ? `${event.name} at ${event.address} asks to be paired; its screen should show ${event.code}`
        : `pairing with ${event.name} at ${event.address}; its screen should show ${event.code}`
    case 'pairing:ended':
      return event.outcome === 'paired'
        ? `the pairing with ${event.name} is complete`
        : `the pairing with ${event.name} came to nothing: ${event.message}`
    case 'pairing:open':
      return event.untilMs === undefined
        ? `this node is closed for pairing by code${pairingWindowReasons[event.reason]}`
        : `this node is open for pairing by code for ${duration(event.untilMs - nowMs)}`
    case 'pairing:refused': {
      const wait = event.waitMs === 0 ? '' : `; nothing more is looked at from there for ${duration(event.waitMs)}`
      return `somebody at ${event.source} ${refusedFor[event.reason]} (${counted(event.count, 'try', 'tries')} so far)${wait}`
    }
    case 'wake':
      return `the process did not run for ${duration(event.stalledMs)}: the machine slept, or something kept it busy`
    case 'interfaces:changed': {
      const parts = [
        ...event.added.map((address) => `${address} came`),
        ...event.removed.map((address) => `${address} went`),
      ]
      return `the addresses of this machine changed: ${parts.join(', ')}`
    }
    case 'events:missed':
      return `${counted(event.count, 'event')} missed, because they were not read in time`
  }
}

const pathText = {
  direct: 'reached directly',
  relay: 'reached over a relay',
  mixed: 'reached both directly and over a relay',
  none: 'not reached over any link',
} as const

const pairingWindowReasons = {
  asked: '',
  paired: ', now that it has paired',
  time: ', as its time is over',
  tries: ', as a pairing was begun and not completed; open it again for another try',
} as const

const refusedFor = {
  'unknown-ticket': 'tried to pair by a ticket that is not known here',
  'wrong-secret': 'tried to pair by a ticket without its secret',
  'code-not-confirmed': 'began to pair by code, and it was not confirmed',
} as const

/** How it stands with a peer, as the rest of a sentence that begins with its name. Times to come are counted from `nowMs` (milliseconds since 1970). */
export function describeState(state: PeerState, nowMs: number): string {
  return visible(stateSentence(state, nowMs))
}

function stateSentence(state: PeerState, nowMs: number): string {
  switch (state.kind) {
    case 'paired':
      return 'is known and not dialed at the moment'
    case 'connecting':
      return `is being dialed (attempt ${state.attempt})`
    case 'connected':
      return 'is connected'
    case 'degraded':
      return state.cause === 'no-answer'
        ? 'is connected but does not answer; it is being probed'
        : 'is connected over a poor link; a better one is sought'
    case 'disconnected': {
      const { reason, nextAttempt } = state
      return `is disconnected: ${causeOf(reason)}; ${next(nextAttempt, nowMs)}`
    }
    case 'paused':
      return 'is paused'
    case 'blocked':
      return `is blocked (${state.code}): ${state.message}`
  }
}

function next(nextAttempt: number | undefined, nowMs: number): string {
  if (nextAttempt === undefined) return 'no attempt is planned'
  return nextAttempt <= nowMs ? 'it is dialed at once' : `next attempt in ${duration(nextAttempt - nowMs)}`
}

function way(link: LinkInfo): string {
  return link.direction === 'outbound' ? `over ${link.address}` : `from ${link.address}`
}

function counted(count: number, what: string, many = `${what}s`): string {
  return `${count} ${count === 1 ? what : many}`
}

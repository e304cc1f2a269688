import type { PeerState } from '../../src/core/peer/peer-machine.ts'
import type { LinkInfo, Peer } from '../../src/node/api.ts'
import { DIAL_TIMEOUT_MS } from '../../src/node/dial/dialer.ts'
import {
  type BothSides,
  bothSidesOf,
  lastingOneSidedLinks,
  NEWS_OF_LINKS_MS,
  sharedLinks,
  shownLinks,
} from './agreement.ts'
import type { Machine } from './machine.ts'
import { pairsOf } from './pairs.ts'
import type { People } from './people.ts'
import type { Plan } from './plan.ts'
import type { Stage } from './strike.ts'

/** In calm, at `atMs`, every pair is connected, by as many links as it wants and no more, and both sides have the same ones. */
export function watchPairs(stage: Stage, atMs: number, people: People, report: (problem: string) => void): void {
  const { plan, clock, machines } = stage
  clock.after(atMs - NEWS_OF_LINKS_MS, () => {
    const before = pairsOf(plan).map(([one, other]) => bothSidesOf(machines[one]!, machines[other]!))
    clock.after(NEWS_OF_LINKS_MS, () => {
      for (const [at, [one, other]] of pairsOf(plan).entries()) {
        if (people.isUnsettled(one, other)) continue
        const pair = { one: machines[one]!, other: machines[other]!, before: before[at] }
        checkPair(pair, plan.linksWanted, plan.linksWanted, 'in calm', report)
      }
    })
  })
}

/** In the end every pair is connected, by one link at least, and takes the other for what the plan says. */
export async function checkEnd({ plan, clock, machines }: Stage, report: (problem: string) => void): Promise<void> {
  const relation = plan.pairing === 'network' ? 'member' : 'paired'
  const pairs = pairsOf(plan).map(([a, b]) => {
    const [one, other] = [machines[a]!, machines[b]!]
    return { one, other, before: bothSidesOf(one, other) }
  })
  await clock.run(clock.now() + NEWS_OF_LINKS_MS)
  for (const pair of pairs) {
    checkPair(pair, 1, plan.linksWanted, 'in the end', report)
    for (const [machine, peer] of directionsOf(pair)) {
      const shown = peerAt(machine, peer)?.relation
      if (shown !== relation) report(`${machine.name} takes ${peer.name} for ${shown}`)
    }
  }
}

/** Two nodes, and the links that they had a moment ago. */
interface Pair {
  readonly one: Machine
  readonly other: Machine
  readonly before: BothSides | undefined
}

function checkPair(
  pair: Pair,
  linksMin: number,
  linksWanted: number,
  when: string,
  report: (problem: string) => void,
): void {
  const { one, other, before } = pair
  const now = bothSidesOf(one, other)
  if (now === undefined) return
  const allowed = linksAllowed([...shownLinks(one, other), ...shownLinks(other, one)], linksWanted)
  const shared = sharedLinks(now).length
  if (shared < linksMin || shared > allowed)
    report(`${one.name} and ${other.name} have ${shared} links ${when} and want ${linksWanted}`)
  for (const [machine, peer] of directionsOf(pair)) {
    const state = peerAt(machine, peer)?.state
    if (!isHeld(state)) report(`${machine.name} says of ${peer.name} ${when}: ${JSON.stringify(state)}`)
  }
  if (lastingOneSidedLinks(before, now).length > 0)
    report(`${one.name} has the links ${now.here.join()} to ${other.name}, which has ${now.there.join()}`)
}

function directionsOf({ one, other }: Pair): (readonly [Machine, Machine])[] {
  return [
    [one, other],
    [other, one],
  ]
}

function peerAt({ node }: Machine, { id }: Machine): Peer | undefined {
  return node?.peers().find((peer) => peer.id === id)
}

/** What dials that cross could lead to, were they not told apart. */
const CROSSING_CODES: ReadonlySet<string> = new Set(['stale-attach', 'busy'])

/** What ends sessions with a goodbye. */
const ENDING_FAULTS: ReadonlySet<string> = new Set(['restart', 'block-peer', 'unpair'])

/** Why a handshake with a peer must not have failed with `code`; undefined if it may have. */
export function unexpectedFailure(
  { faults, weather, pairing }: Plan,
  nowMs: number,
  peer: Peer,
  code: string,
): string | undefined {
  // The side that has completed a pairing first may dial a further link before the other one has.
  if (code === 'not-paired' && pairing === 'ticket') return undefined
  if (nowMs < (faults[0]?.atMs ?? Infinity)) return 'nothing has struck yet'
  // A dial that comes late to where another has taken its place does no harm; where there is none, it should have been taken. Sessions that
  // were forgotten have to be told apart first.
  if (!CROSSING_CODES.has(code) || peer.links.length > 0 || weather === 'outages') return undefined
  // The answer to a dial may come after the goodbye, which came another way: its session has ended.
  if (faults.some(({ kind, atMs }) => ENDING_FAULTS.has(kind) && isWithin(nowMs - atMs, DIAL_TIMEOUT_MS)))
    return undefined
  return 'there was no other link'
}

function isWithin(ms: number, limitMs: number): boolean {
  return ms >= 0 && ms < limitMs
}

/** The peer can be reached; where the path is slow, or was a moment ago, poorly. */
function isHeld(state: PeerState | undefined): boolean {
  return state?.kind === 'connected' || (state?.kind === 'degraded' && state.cause === 'poor-health')
}

/**
 * Beside links that do poorly, or did a moment ago, each side may hold as many as it wants. Both sides have all of them, so it counts what either of the two has
 * measured: where a link is poor to the higher side alone, the second one that this dialed stays, and the lower side sees two good ones (redundancy.ts).
 */
function linksAllowed(links: readonly LinkInfo[], linksWanted: number): number {
  return links.some(({ band }) => band !== 'excellent') ? 2 * linksWanted : linksWanted
}

import type { PeerState } from '../../src/core/peer/peer-machine.ts'
import type { LinkInfo, Peer } from '../../src/node/api.ts'
import { DIAL_TIMEOUT_MS } from '../../src/node/dialer.ts'
import type { Machine } from './machine.ts'
import { pairsOf } from './pairs.ts'
import type { People } from './people.ts'
import type { Plan } from './plan.ts'
import type { Stage } from './strike.ts'

/** Until what one side has closed is closed at the other one. */
const CLOSING_MS = 1_000

/** In calm, at `atMs`, every pair is connected, by as many links as it wants and no more, and both sides name the same ones. */
export function watchPairs(stage: Stage, atMs: number, people: People, report: (problem: string) => void): void {
  const { plan, clock, machines } = stage
  clock.after(atMs - CLOSING_MS, () => {
    const oneSided = pairsOf(plan).map(([one, other]) => oneSidedLinks(machines[one]!, machines[other]!))
    clock.after(CLOSING_MS, () => {
      for (const [at, [one, other]] of pairsOf(plan).entries()) {
        if (people.isUnsettled(one, other)) continue
        checkPair(machines[one]!, machines[other]!, plan.linksWanted, oneSided[at]!, report)
      }
    })
  })
}

function checkPair(
  one: Machine,
  other: Machine,
  linksWanted: number,
  oneSidedBefore: readonly number[],
  report: (problem: string) => void,
): void {
  const [there, back] = [linksOf(one, other), linksOf(other, one)]
  if (there === undefined || back === undefined) return
  const allowed = linksAllowed([...shownLinks(one, other), ...shownLinks(other, one)], linksWanted)
  for (const [machine, peer, links] of [
    [one, other, there],
    [other, one, back],
  ] as const) {
    const state = machine.node?.peers().find(({ id }) => id === peer.id)?.state
    if (!isHeld(state)) report(`${machine.name} says of ${peer.name} in calm: ${JSON.stringify(state)}`)
    if (links.length < linksWanted || links.length > allowed)
      report(`${machine.name} has ${links.length} links to ${peer.name} in calm and wants ${linksWanted}`)
  }
  if (oneSidedLinks(one, other).some((link) => oneSidedBefore.includes(link)))
    report(`${one.name} has the links ${there.join()} to ${other.name}, which has ${back.join()}`)
}

/** In the end every pair is connected, by one link at least, and takes the other for what the plan says. */
export function checkEnd({ plan, machines }: Stage, report: (problem: string) => void): void {
  const { pairing, linksWanted } = plan
  for (const [a, b] of pairsOf(plan)) {
    const [one, other] = [machines[a]!, machines[b]!]
    const allowed = linksAllowed([...shownLinks(one, other), ...shownLinks(other, one)], linksWanted)
    for (const [{ name, node }, { name: otherName, id }] of [
      [one, other],
      [other, one],
    ] as const) {
      const peer = node?.peers().find((candidate) => candidate.id === id)
      if (peer?.relation !== (pairing === 'network' ? 'member' : 'paired'))
        report(`${name} takes ${otherName} for ${peer?.relation}`)
      if (!isHeld(peer?.state)) report(`${name} says of ${otherName} in the end: ${JSON.stringify(peer?.state)}`)
      const links = peer?.links.length ?? 0
      if (links === 0 || links > allowed)
        report(`${name} has ${links} links to ${otherName} in the end and wants ${linksWanted}`)
    }
  }
}

/** The numbers that both sides know their links by; undefined where a node is down. Those who are no peers have none. */
function linksOf(machine: Machine, to: Machine): number[] | undefined {
  if (machine.node === undefined) return undefined
  return shownLinks(machine, to)
    .map(({ id }) => id)
    .sort((a, b) => a - b)
}

/** The links that only one of the two has; none where a node is down. */
function oneSidedLinks(one: Machine, other: Machine): readonly number[] {
  const [there, back] = [linksOf(one, other), linksOf(other, one)]
  if (there === undefined || back === undefined) return []
  return [...new Set(there).symmetricDifference(new Set(back))]
}

function shownLinks({ node }: Machine, to: Machine): readonly LinkInfo[] {
  return node?.peers().find(({ id }) => id === to.id)?.links ?? []
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

import type { RankedAddress } from './address-book.ts'
import { addressParts, parseIpAddress } from './address-order.ts'

/** One way to dial a peer. */
export interface DialCandidate {
  readonly address: string
  /** The IP address of this machine to dial from; undefined: the system chooses. */
  readonly localAddress: string | undefined
}

/** A candidate, and what is thought of its address. */
interface Placed extends DialCandidate {
  readonly standing: RankedAddress['standing']
  /** The family and the interface: two of one lane are likely to fail together. */
  readonly lane: string
  /** How much it shares with the links that there are. */
  readonly shares: number
}

/**
 * The candidates of a race, best first: each address from each of `dialFrom` that is of its family, or from wherever the system chooses if that
 * is empty. Those that share the least with links `inUse` go first, so that a second link goes over another interface, and to another address, if there is any;
 * those that are the same as a link are last, for when that link hangs. Of what has one standing the lanes take turns (RFC 8305, section 4), so that
 * an interface or a family that leads nowhere costs one stagger and not one for each address.
 */
export function dialCandidates(
  ranked: readonly RankedAddress[],
  dialFrom: readonly string[],
  inUse: readonly DialCandidate[],
): DialCandidate[] {
  const all = ranked.flatMap(({ address, standing }) =>
    localAddresses(address, dialFrom).map(
      (localAddress): Placed => ({
        address,
        localAddress,
        standing,
        lane: laneOf(address, localAddress),
        shares: sharesOf({ address, localAddress }, inUse),
      }),
    ),
  )
  const ordered = all.toSorted((a, b) => a.shares - b.shares)
  return groups(ordered).flatMap(interleave)
}

/** The first one and, up to `most` in all, the others in turn: those that come after the `skipped` others that were taken before. */
export function takeInTurn<Candidate>(
  [first, ...others]: readonly Candidate[],
  most: number,
  skipped: number,
): Candidate[] {
  if (first === undefined) return []
  if (others.length < most) return [first, ...others]
  return [first, ...Array.from({ length: most - 1 }, (_, at) => others[(skipped + at) % others.length]!)]
}

/** From where an address can be dialed: only TCP has interfaces to choose from, and an IP address is reached from its own family alone. */
function localAddresses(address: string, dialFrom: readonly string[]): (string | undefined)[] {
  const parts = addressParts(address)
  if (dialFrom.length === 0 || parts?.scheme !== 'tcp') return [undefined]
  return dialFrom.filter((local) => parts.ip === undefined || parseIpAddress(local)?.family === parts.ip.family)
}

function laneOf(address: string, localAddress: string | undefined): string {
  return `${addressParts(address)?.ip?.family ?? 'name'} ${localAddress ?? ''}`
}

/** 3 if a link is the same, 2 if one goes over the same interface, 1 if one leads to the same address, and else 0. */
function sharesOf({ address, localAddress }: DialCandidate, inUse: readonly DialCandidate[]): number {
  const shares = inUse.map((used) => {
    const isSame = used.address === address
    if (localAddress === undefined) return isSame ? 3 : 0
    return (isSame ? 1 : 0) + (used.localAddress === localAddress ? 2 : 0)
  })
  return Math.max(0, ...shares)
}

/** Neighbours of one standing that share as much. */
function groups(ordered: readonly Placed[]): Placed[][] {
  const all: Placed[][] = []
  for (const placed of ordered) {
    const last = all.at(-1)
    if (last?.[0]?.standing === placed.standing && last[0].shares === placed.shares) last.push(placed)
    else all.push([placed])
  }
  return all
}

/** One of each lane in turn, the lane of the first one first. */
function interleave(group: readonly Placed[]): DialCandidate[] {
  const lanes = [...Map.groupBy(group, ({ lane }) => lane).values()]
  const rounds = Math.max(...lanes.map((lane) => lane.length))
  return Array.from({ length: rounds }, (_, round) => lanes.flatMap((lane) => lane.slice(round, round + 1)))
    .flat()
    .map(({ address, localAddress }) => ({ address, localAddress }))
}

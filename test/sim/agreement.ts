import type { LinkInfo } from '../../src/node/api.ts'
import type { Machine } from './machine.ts'

/** How long news of a link may be on its way: the answer to a dial, a CLOSE, or the end of a channel. */
export const NEWS_OF_LINKS_MS = 1_000

/** The numbers of the links between two nodes, as each of the two has them. */
export interface BothSides {
  readonly here: readonly number[]
  readonly there: readonly number[]
}

/** Undefined while a node is down. Nodes that are no peers have no links. */
export function bothSidesOf(one: Machine, other: Machine): BothSides | undefined {
  if (one.node === undefined || other.node === undefined) return undefined
  return { here: idsOf(shownLinks(one, other)), there: idsOf(shownLinks(other, one)) }
}

export function shownLinks({ node }: Machine, to: Machine): readonly LinkInfo[] {
  return node?.peers().find(({ id }) => id === to.id)?.links ?? []
}

/** The links that both sides have. One that a side has closed, or not attached yet, is not among them while the other side has still to hear of it. */
export function sharedLinks({ here, there }: BothSides): number[] {
  return here.filter((id) => there.includes(id))
}

/**
 * The links that only one side has, and had already `NEWS_OF_LINKS_MS` before. At a single moment the two sides may differ: the dialer of a link closes it as a
 * duplicate whenever another one has become good enough, and the CLOSE takes its time.
 */
export function lastingOneSidedLinks(before: BothSides | undefined, now: BothSides | undefined): number[] {
  if (before === undefined || now === undefined) return []
  const oneSidedBefore = oneSidedLinks(before)
  return oneSidedLinks(now).filter((id) => oneSidedBefore.includes(id))
}

function oneSidedLinks({ here, there }: BothSides): number[] {
  return [...new Set(here).symmetricDifference(new Set(there))]
}

function idsOf(links: readonly LinkInfo[]): number[] {
  return links.map(({ id }) => id).sort((a, b) => a - b)
}

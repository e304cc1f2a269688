import type { SessionLink } from './link.ts'

/**
 * The links that this side should close, because as many others of their kind as it wants serve as well (SPEC.md, section 4). Those of the
 * lower side come first, then the older ones; of one's own the good ones before the poor. Only the dialer of a link closes it, and only when those that
 * stay have been heard since they and it were attached: else both sides could close the other's last one. Of one that was suspect a byte is not enough, which may come though
 * it does not deliver in the other direction: it has to answer a PING that was sent since.
 *
 * A poor link does not serve, so that what is dialed because of it stays. The two sides may judge a link differently, each by its own probes:
 *
 *     first link  second, dialed by   the second stays      the first is closed
 *     of lower    the lower side      while the first is    when it is poor and the second serves
 *     of lower    the higher side     poor to the higher    never: the higher side, to which the first may be good, may close the second at this moment
 *     of higher   the lower side      always                when the second serves
 *     of higher   the higher side     while the first is    when it is poor and the second serves
 *
 * None of this closes the last one: the lower side closes its own only for others of its own, so one of those is always left, and the
 * higher side closes its own only for one of those or for others of its own. Where no link serves, one more than is wanted is kept.
 */
export function redundantLinks(links: readonly SessionLink[], isLower: boolean, wanted: number): SessionLink[] {
  let remaining = links
  // What becomes of a suspect one is for its probes to say.
  const own = links.filter((link) => link.dialedBySelf && !link.liveness.suspect)
  // From the last to the first, so that each is judged by those that stay.
  for (const link of [...own.filter((each) => !each.isPoor), ...own.filter((each) => each.isPoor)].toReversed()) {
    const alive = remaining.filter((other) => other.rank === link.rank && isAlive(other, link))
    const before = alive.filter((other) =>
      other.dialedBySelf ? precedes(other, link, links) : !isLower && other.dialedByLower,
    )
    const serving = before.filter((other) => !other.isPoor).length
    const tooManyPoor = link.isPoor && before.length >= wanted && alive.length > wanted
    if (serving >= wanted || tooManyPoor) remaining = remaining.filter((other) => other !== link)
  }
  return links.filter((link) => !remaining.includes(link))
}

/** Whether this side should dial another link: too few serve, and there is not already one too many. */
export function wantsAnother(links: readonly SessionLink[], wanted: number): boolean {
  let answering = 0
  let serving = 0
  for (const link of links) {
    if (link.liveness.suspect) continue
    answering++
    if (!link.isPoor) serving++
  }
  return answering <= wanted && serving < wanted
}

/** The order of one's own links. */
function precedes(other: SessionLink, link: SessionLink, links: readonly SessionLink[]): boolean {
  if (other.isPoor !== link.isPoor) return link.isPoor
  return links.indexOf(other) < links.indexOf(link)
}

/** `keeper` is alive as of a time when both were attached. */
function isAlive(keeper: SessionLink, link: SessionLink): boolean {
  if (keeper === link || keeper.liveness.suspect || keeper.recoveryPing < Infinity) return false
  return keeper.heardOrder > Math.max(keeper.attachedOrder, link.attachedOrder)
}

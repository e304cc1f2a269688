import type { SessionLink } from './link.ts'

/**
 * The links that this side should close, because as many others of their kind as it wants serve as well (SPEC.md, section 4). Those of the
 * lower side come first, then the older ones. Only the dialer of a link closes it, and only when those that stay have been heard since they
 * and it were attached: else both sides could close the other's last one.
 */
export function redundantLinks(links: readonly SessionLink[], isLower: boolean, wanted: number): SessionLink[] {
  return links.filter((link, at) => {
    if (!link.dialedBySelf) return false
    const better = links.filter((other) => other.rank === link.rank && serves(other, link))
    // The other side's come first if it is the lower one, and else after one's own.
    const preferred = better.filter((other) =>
      other.dialedBySelf ? links.indexOf(other) < at : !isLower && other.dialedByLower,
    )
    return preferred.length >= wanted
  })
}

/** `keeper` is alive as of a time when both were attached. */
function serves(keeper: SessionLink, link: SessionLink): boolean {
  if (keeper === link || keeper.liveness.suspect) return false
  return keeper.heardOrder > Math.max(keeper.attachedOrder, link.attachedOrder)
}

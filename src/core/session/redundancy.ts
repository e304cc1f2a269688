import type { SessionLink } from './link.ts'

/**
 * The links that this side should close, because another one of their kind serves as well (SPEC.md, section 4): of links that both sides
 * dialed, those of the higher side; of its own beyond the number that it wants, the youngest. Only the dialer of a link closes it, and only
 * when the one that stays has been heard since both were attached: else both sides could close the other's last one.
 */
export function redundantLinks(links: readonly SessionLink[], isLower: boolean, wanted: number): SessionLink[] {
  return links.filter((link, at) => {
    if (!link.dialedBySelf) return false
    const better = links.filter((other) => other.rank === link.rank && serves(other, link))
    const crossed = !isLower && better.some((other) => other.dialedByLower)
    const older = better.filter((other) => other.dialedBySelf && links.indexOf(other) < at)
    return crossed || older.length >= wanted
  })
}

/** `keeper` is alive as of a time when both were attached. */
function serves(keeper: SessionLink, link: SessionLink): boolean {
  if (keeper === link || keeper.liveness.suspect) return false
  return keeper.heardOrder > Math.max(keeper.attachedOrder, link.attachedOrder)
}

import type { SessionLink } from './link.ts'

/**
 * The link that should carry frames: a healthy one rather than a suspect one, then the better kind, then the one that carries them
 * now (moving costs a gap), then the older one.
 */
export function preferredLink(
  links: readonly SessionLink[],
  current: SessionLink | undefined,
): SessionLink | undefined {
  let best: SessionLink | undefined
  for (const link of links) {
    if (best === undefined || isBetter(link, best, current)) best = link
  }
  return best
}

function isBetter(link: SessionLink, best: SessionLink, current: SessionLink | undefined): boolean {
  const doubt = doubtOf(link) - doubtOf(best)
  if (doubt !== 0) return doubt < 0
  if (link.rank !== best.rank) return link.rank < best.rank
  return link === current
}

function doubtOf(link: SessionLink): number {
  return (link.liveness.suspect ? 2 : 0) + (link.hedged ? 1 : 0)
}

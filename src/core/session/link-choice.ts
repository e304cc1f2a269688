import type { SessionLink } from './link.ts'

/** A link must be so much better than the one in use. Less is within what two equal links differ by from one sample to the next. */
export const BETTER_BY = 0.2
/** And that for so many of its samples in a row: a link that had one bad moment is as good as before. Moving costs a gap. */
const SAMPLES_IN_A_ROW = 3

/**
 * The link that should carry frames: one that answers rather than one in doubt, then the better kind, then a better one by health
 * (`leadAfter`), then the one that carries them now, then the healthiest, then the older one.
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

/**
 * For how many of its samples in a row `link` has been better than `current`, when it was for `link.lead` and has just had another one.
 * Only links of one kind are compared, and none before both were measured.
 */
export function leadAfter(link: SessionLink, current: SessionLink): number {
  return isAhead(link, current) ? link.lead + 1 : 0
}

/** `link` would take over from `current` if it stayed like this. */
export function isAhead(link: SessionLink, current: SessionLink): boolean {
  if (link === current || link.rank !== current.rank || doubtOf(link) > doubtOf(current)) return false
  const score = link.health.score()
  const currentScore = current.health.score()
  if (score === undefined || currentScore === undefined) return false
  return score > currentScore && score >= currentScore * (1 + BETTER_BY)
}

/** The links that share the load where all are used: those least in doubt, and of them those of the best kind. */
export function carriersOf(links: readonly SessionLink[]): readonly SessionLink[] {
  const best = preferredLink(links, undefined)
  if (best === undefined) return links
  return links.filter((link) => doubtOf(link) === doubtOf(best) && link.rank === best.rank)
}

function isBetter(link: SessionLink, best: SessionLink, current: SessionLink | undefined): boolean {
  const doubt = doubtOf(link) - doubtOf(best)
  if (doubt !== 0) return doubt < 0
  if (link.rank !== best.rank) return link.rank < best.rank
  const standing = standingOf(link, current) - standingOf(best, current)
  if (standing !== 0) return standing > 0
  return scoreOf(link) > scoreOf(best)
}

function doubtOf(link: SessionLink): number {
  return (link.liveness.suspect ? 2 : 0) + (link.hedged ? 1 : 0)
}

function standingOf(link: SessionLink, current: SessionLink | undefined): number {
  if (link === current) return 1
  return current !== undefined && link.lead >= SAMPLES_IN_A_ROW ? 2 : 0
}

/** A link that nothing is known of comes after all that were measured. */
function scoreOf(link: SessionLink): number {
  return link.health.score() ?? -1
}

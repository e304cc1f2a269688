import type { Trouble } from '../../core/peer/peer-machine.ts'
import type { SessionLink } from '../../core/session/link.ts'

/** What the best of the links suffers from. */
export function troubleOf(links: readonly SessionLink[]): Trouble | undefined {
  if (links.every(({ liveness }) => liveness.suspect)) return 'no-answer'
  return links.every(({ liveness, isPoor }) => liveness.suspect || isPoor) ? 'poor-health' : undefined
}

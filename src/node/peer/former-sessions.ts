import type { EarlierAssociation } from '../../core/session/association.ts'
import type { PeerId } from '../../identity/peer-id.ts'

/** Of more peers nothing is remembered; what those keep of old sessions ends with their own errors, or with their process. */
const FORGOTTEN_MAX = 1_024

/** Peers that this run of the node has let go of, in case they come back: where the sessions with them ended. */
export class FormerSessions {
  readonly #endings = new Map<PeerId, EarlierAssociation>()

  get(id: PeerId): EarlierAssociation | undefined {
    return this.#endings.get(id)
  }

  add(id: PeerId, ending: EarlierAssociation | undefined): void {
    if (ending === undefined) return
    this.#endings.delete(id)
    this.#endings.set(id, ending)
    if (this.#endings.size <= FORGOTTEN_MAX) return
    const [longest] = this.#endings.keys()
    if (longest !== undefined) this.#endings.delete(longest)
  }
}

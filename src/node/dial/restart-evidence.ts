/**
 * - `unknown`: no peer was met yet.
 * - `together`: a peer was met that has started since this node's last run, as after a power cut: the others are about to dial.
 * - `alone`: a peer was met that has run on, so the others probably have too. They are between two attempts, and nobody is about to dial.
 */
export type RestartKind = 'unknown' | 'together' | 'alone'

/** Whether this node alone was restarted or its peers were too, as far as the peers that it has met again show it. */
export class RestartEvidence {
  #kind: RestartKind = 'unknown'
  readonly #changed: () => void

  /** `changed` is called when the kind has become another one. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get kind(): RestartKind {
    return this.#kind
  }

  /** A peer is connected. `start`: of its instance now; `earlierStart`: of the one in this node's last run, 0 if there was none. */
  met(start: number, earlierStart: number): void {
    if (earlierStart === 0 || this.#kind === 'alone') return
    const kind = start === earlierStart ? 'alone' : 'together'
    if (kind === this.#kind) return
    this.#kind = kind
    this.#changed()
  }
}

interface Ping {
  readonly token: number
  readonly sentMs: number
}

/** Pings whose answer is still of use. */
const KEPT = 8

/**
 * The pings of one link that are out. Each is answered or missed, whichever comes first:
 *
 *            sent          answered: a sample of health
 *     (none) ────▶ out ──────────────────────────────────▶ (forgotten)
 *                   │ miss                                   ▲
 *                   └────▶ missed ───────────────────────────┘ answered: too late, a sample of the round trip alone
 */
export class Pings {
  /** The last ones that were not answered; an answer may come after later ones have been sent. Replaced when they change: most of the time there are none. */
  #pings: readonly Ping[] = []
  #lastToken = 0
  #missedToken = 0
  /** The first that is neither answered nor missed. */
  #oldestToken = 0
  #oldestMs = Infinity
  #missedInRow = 0
  /** When the other side pinged last. */
  #askedMs = -Infinity
  #askedInRow = 0

  /** The token of the last one; they count up from 1. */
  get lastToken(): number {
    return this.#lastToken
  }

  /** When the first was sent that is neither answered nor missed; Infinity if there is none. */
  get oldestMs(): number {
    return this.#oldestMs
  }

  /** Those missed since something showed that the link delivers. */
  get missedInRow(): number {
    return this.#missedInRow
  }

  /** One is being sent; returns its token. */
  sent(nowMs: number): number {
    this.#lastToken = (this.#lastToken + 1) >>> 0
    this.#set(this.#pings.slice(1 - KEPT).concat({ token: this.#lastToken, sentMs: nowMs }))
    return this.#lastToken
  }

  /** An answer came: when its ping was sent and whether it was missed; undefined for one that is not out, or not any more. */
  answered(token: number): { readonly sentMs: number; readonly late: boolean } | undefined {
    const ping = this.#pings.find((sent) => sent.token === token)
    if (ping === undefined) return undefined
    this.#set(this.#pings.filter((other) => other !== ping))
    this.#missedInRow = 0
    this.#askedInRow = 0
    return { sentMs: ping.sentMs, late: token <= this.#missedToken }
  }

  /** The oldest should have been answered by now. True if no later one was sent. */
  miss(): boolean {
    this.#missedToken = this.#oldestToken
    this.#missedInRow++
    this.#findOldest()
    return this.#missedToken === this.#lastToken
  }

  /**
   * The other side pinged. Answers for how many of its pings in a row it has done so at the pace of probes, one each `probeIntervalMs`, and answered none of this side.
   * Those that come together have waited behind data, and tell nothing of the pace at which they were sent.
   */
  asked(nowMs: number, probeIntervalMs: number): number {
    const sinceMs = nowMs - this.#askedMs
    if (sinceMs >= probeIntervalMs / 2) {
      this.#askedInRow = sinceMs < 2 * probeIntervalMs ? this.#askedInRow + 1 : 1
      this.#askedMs = nowMs
    }
    return this.#askedInRow
  }

  /** What `asked` answered last; 0 if an answer came since. */
  get askedInRow(): number {
    return this.#askedInRow
  }

  /** Something else has shown that the link delivers. */
  delivered(): void {
    this.#missedInRow = 0
  }

  /** Answers to those that are out say nothing any more. */
  forget(): void {
    this.#set([])
    this.#missedInRow = 0
  }

  #set(pings: readonly Ping[]): void {
    this.#pings = pings
    this.#findOldest()
  }

  #findOldest(): void {
    const oldest = this.#pings.find(({ token }) => token > this.#missedToken)
    this.#oldestMs = oldest?.sentMs ?? Infinity
    this.#oldestToken = oldest?.token ?? 0
  }
}

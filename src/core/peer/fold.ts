/** How repetition is folded. All times in milliseconds. */
export interface FoldLimits {
  /** The first occurrence is written; what follows within this time is counted. Default one minute. */
  readonly windowMs: number
  /** Each line about something that goes on makes the next window so many times longer. Default 4. */
  readonly growth: number
  /** The longest window. Default 6 hours. */
  readonly windowMsMax: number
  /** What was not heard of for so long is new again. Default one hour. */
  readonly forgetMs: number
  /** Kinds and subjects that are told apart; beyond them, all subjects of a kind are one. Default 1,024. */
  readonly keysMax: number
}

export const defaultFoldLimits: FoldLimits = {
  windowMs: 60_000,
  growth: 4,
  windowMsMax: 6 * 3_600_000,
  forgetMs: 3_600_000,
  keysMax: 1_024,
}

/** What is to be written about occurrences that were held back. */
export interface FoldedLine<T> {
  /** The last of them. */
  readonly last: T
  readonly count: number
  /** From the first to the last that was held back. */
  readonly spanMs: number
  /** They were of several subjects. */
  readonly isMixed: boolean
}

interface Entry<T> {
  readonly isMixed: boolean
  windowMs: number
  windowEndsMs: number
  lastMs: number
  held: { last: T; count: number; firstMs: number } | undefined
}

/**
 * Decides which of many occurrences are worth a line: the first of a kind at once, and of its repetitions one line with a count for a window that grows as long as
 * it goes on, or when it has been quiet for a quarter of the window. A machine: `offer` each occurrence; call `due` when `nextDeadlineMs` has come.
 *
 *     (unknown) ──occurs: write──▶ in a window ──occurs: hold──▶ held back
 *         ▲                          │     ▲                        │
 *         └── quiet for `forgetMs` ──┘     └── window over, or quiet: one line; the next window is longer
 */
export class LogFolder<T> {
  readonly #limits: FoldLimits
  readonly #entries = new Map<string, Entry<T>>()
  #nextDeadlineMs = Infinity

  constructor(limits: FoldLimits = defaultFoldLimits) {
    this.#limits = limits
  }

  /** When `due` has something to say at the earliest; Infinity while nothing is held back. */
  get nextDeadlineMs(): number {
    return this.#nextDeadlineMs
  }

  /** How many kinds and subjects are remembered. */
  get keys(): number {
    return this.#entries.size
  }

  /** Something of this kind happened to this subject: write it now, or hold it back because `due` will tell of it. */
  offer(kind: string, subject: string, item: T, nowMs: number): 'write' | 'hold' {
    const { windowMs, forgetMs } = this.#limits
    const { key, isMixed } = this.#place(kind, subject, nowMs)
    const entry = this.#entries.get(key)
    if (entry === undefined || (entry.held === undefined && nowMs - entry.lastMs >= forgetMs)) {
      this.#entries.set(key, { isMixed, windowMs, windowEndsMs: nowMs + windowMs, lastMs: nowMs, held: undefined })
      return 'write'
    }
    entry.lastMs = nowMs
    if (entry.held !== undefined) {
      entry.held.last = item
      entry.held.count++
    } else if (nowMs < entry.windowEndsMs) {
      entry.held = { last: item, count: 1, firstMs: nowMs }
    } else {
      this.#widen(entry, nowMs)
      return 'write'
    }
    this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, this.#dueMs(entry))
    return 'hold'
  }

  /** The lines that are due. */
  due(nowMs: number): FoldedLine<T>[] {
    return this.#take((entry) => this.#dueMs(entry) <= nowMs, nowMs)
  }

  /** All that is held back, for the end. */
  flush(nowMs: number): FoldedLine<T>[] {
    return this.#take(() => true, nowMs)
  }

  #take(isDue: (entry: Entry<T>) => boolean, nowMs: number): FoldedLine<T>[] {
    const lines: FoldedLine<T>[] = []
    this.#nextDeadlineMs = Infinity
    for (const entry of this.#entries.values()) {
      if (entry.held === undefined) continue
      if (isDue(entry)) {
        const { last, count, firstMs } = entry.held
        lines.push({ last, count, spanMs: entry.lastMs - firstMs, isMixed: entry.isMixed })
        entry.held = undefined
        this.#widen(entry, nowMs)
      } else this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, this.#dueMs(entry))
    }
    return lines
  }

  /** When what is held back is told: at the end of the window, or after a while of quiet. */
  #dueMs(entry: Entry<T>): number {
    const quietMs = Math.max(this.#limits.windowMs, entry.windowMs / 4)
    return Math.min(entry.windowEndsMs, entry.lastMs + quietMs)
  }

  #widen(entry: Entry<T>, nowMs: number): void {
    const { growth, windowMsMax } = this.#limits
    entry.windowMs = Math.min(entry.windowMs * growth, windowMsMax)
    entry.windowEndsMs = nowMs + entry.windowMs
  }

  #place(kind: string, subject: string, nowMs: number): { readonly key: string; readonly isMixed: boolean } {
    const own = `${kind} ${subject}`
    if (this.#entries.has(own)) return { key: own, isMixed: false }
    if (this.#entries.size >= this.#limits.keysMax) this.#forget(nowMs)
    return this.#entries.size < this.#limits.keysMax ? { key: own, isMixed: false } : { key: kind, isMixed: true }
  }

  #forget(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.held === undefined && nowMs - entry.lastMs >= this.#limits.forgetMs) this.#entries.delete(key)
    }
  }
}

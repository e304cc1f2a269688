/** Bounds on the attempts of a node to dial, all peers together. Times in milliseconds. */
export interface DialQueueLimits {
  /** Attempts at a time that are younger than `youngMs`, or in the middle of a handshake: at most. Default 16. */
  readonly youngMax: number
  /** So many at first. Default 4. */
  readonly youngAtFirst: number
  /** So many however busy this process is. Default 2. */
  readonly youngMin: number
  /** A timer that is later shows a process with more to do than it has time for. Default 50 ms. */
  readonly lateMs: number
  /** An attempt that was not even connected after this long hangs, and costs little more: it gives its place up. Default 1 s. */
  readonly youngMs: number
  /** How long a place is taken at least, so that dials which fail at once are spread as well. Default 25 ms: 640 attempts a second. */
  readonly turnMsMin: number
}

export const DIAL_QUEUE_LIMITS: DialQueueLimits = {
  youngMax: 16,
  youngAtFirst: 4,
  youngMin: 2,
  lateMs: 50,
  youngMs: 1_000,
  turnMsMin: 25,
}

/**
 * Whose turn it is when many ask. `waited`: somebody waits for this peer. `hanging`: the last attempt of it hung, so this one probably takes a
 * place for its whole time; those that answer, or fail, give theirs back in an instant.
 */
export type DialPriority = 'waited' | 'ordinary' | 'hanging'

/** A place for one attempt, from its beginning to its end. */
export interface DialTurn<T> {
  readonly who: T
  readonly startedMs: number
}

interface Place {
  endedMs: number
  isConnected: boolean
}

/** Every so many turns goes to whoever has waited longest, whatever its priority. */
const ELDEST_EVERY = 4

/**
 * Who may dial now. After an outage, or a wake from sleep, a node wants to dial all its peers at once, and handshakes by the thousand would take
 * so long that all of them fail. So there are places for young attempts, and the rest ask and wait:
 *
 *                ask                 take: a place is free               ended, or old
 *     (nobody) ──────▶ asking ─────────────────────────────▶ young ─────────────────────▶ (nobody)
 *                        │  withdraw
 *                        └──────────▶ (nobody)
 *
 * How many places there are depends on how busy the process is, since a handshake is work for both sides, and one that is begun before the process has time for
 * it only takes time from those that would end. Four at first; one more with each timer that comes in time, up to 16; half as many with each that is late.
 *
 * Turns go by priority, and first come, first served in each; but every fourth goes to the one that has asked first of all, so nobody is forgotten while
 * others ask again and again. One that asks gets its turn after n others at most, or 4 n if those of a better priority never cease: with places
 * for 16 and at most a second for each, 1,000 peers that all hang are all dialed within 1,000 / 16 = 63 s, those that somebody waits for first.
 * An attempt lasts 10 s at most, so that there are never more than 16 × 10 at a time.
 */
export class DialQueue<T> {
  readonly #limits: DialQueueLimits
  /** By when they asked: a Map keeps that order. With each, its number among all. */
  readonly #queues: Readonly<Record<DialPriority, Map<T, number>>> = {
    waited: new Map(),
    ordinary: new Map(),
    hanging: new Map(),
  }
  /** The attempts that have a place. */
  readonly #young = new Map<DialTurn<T>, Place>()
  #asked = 0
  #turns = 0
  #places: number

  constructor(limits: DialQueueLimits = DIAL_QUEUE_LIMITS) {
    this.#limits = limits
    this.#places = limits.youngAtFirst
  }

  /** How many wait for their turn. */
  get asking(): number {
    return this.#queues.waited.size + this.#queues.ordinary.size + this.#queues.hanging.size
  }

  /** An attempt is in the middle of its handshake. */
  get isShaking(): boolean {
    for (const { isConnected, endedMs } of this.#young.values()) if (isConnected && endedMs === Infinity) return true
    return false
  }

  /** How many places are taken at `nowMs`. */
  young(nowMs: number): number {
    this.#forgetOld(nowMs)
    return this.#young.size
  }

  /** When the next turn can be taken; undefined while nobody asks. In the past if that is now. */
  nextMs(nowMs: number): number | undefined {
    if (this.asking === 0) return undefined
    if (this.young(nowMs) < this.#places) return nowMs
    return Math.min(...[...this.#young].map(([turn, place]) => this.#freeMs(turn, place)))
  }

  /** While somebody asked, a timer of this process came that late. */
  wokeLate(byMs: number): void {
    const { youngMin, youngMax, lateMs } = this.#limits
    const places = byMs > lateMs ? Math.floor(this.#places / 2) : this.#places + 1
    this.#places = Math.min(youngMax, Math.max(youngMin, places))
  }

  /** Asks for a turn. Whoever asks already keeps its rank, with the better of the two priorities. */
  ask(who: T, priority: DialPriority): void {
    const before = (Object.keys(this.#queues) as DialPriority[]).find((name) => this.#queues[name].has(who))
    if (this.asking === 0 && this.#young.size === 0) this.#places = this.#limits.youngAtFirst
    if (before === undefined) this.#queues[priority].set(who, ++this.#asked)
    else if (priority === 'waited' && before !== 'waited') this.#move(who, before, priority)
  }

  withdraw(who: T): void {
    for (const queue of Object.values(this.#queues)) queue.delete(who)
  }

  /** The next whose turn it is, if there is a place; it begins now. */
  take(nowMs: number): DialTurn<T> | undefined {
    if (this.asking === 0 || this.young(nowMs) >= this.#places) return undefined
    const queues = Object.values(this.#queues).filter((queue) => queue.size > 0)
    if (++this.#turns % ELDEST_EVERY === 0) queues.sort((a, b) => firstOf(a)[1] - firstOf(b)[1])
    const [queue] = queues
    if (queue === undefined) return undefined
    const [who] = firstOf(queue)
    queue.delete(who)
    const turn = { who, startedMs: nowMs }
    this.#young.set(turn, { endedMs: Infinity, isConnected: false })
    return turn
  }

  /** Somebody has taken the connection: the handshake is work for both, so the place is kept to its end, however long that takes. */
  connected(turn: DialTurn<T>): void {
    const place = this.#young.get(turn)
    if (place !== undefined) place.isConnected = true
  }

  /** An attempt has come to its end, one way or the other. */
  ended(turn: DialTurn<T>, nowMs: number): void {
    const place = this.#young.get(turn)
    if (place !== undefined) place.endedMs = Math.min(place.endedMs, nowMs)
  }

  #move(who: T, from: DialPriority, to: DialPriority): void {
    this.#queues[from].delete(who)
    this.#queues[to].set(who, ++this.#asked)
  }

  #freeMs({ startedMs }: DialTurn<T>, { endedMs, isConnected }: Place): number {
    const { youngMs, turnMsMin } = this.#limits
    const overMs = Math.max(endedMs, startedMs + turnMsMin)
    return isConnected ? overMs : Math.min(startedMs + youngMs, overMs)
  }

  #forgetOld(nowMs: number): void {
    for (const [turn, place] of this.#young) if (this.#freeMs(turn, place) <= nowMs) this.#young.delete(turn)
  }
}

function firstOf<T>(queue: ReadonlyMap<T, number>): readonly [who: T, asked: number] {
  const [first] = queue
  if (first === undefined) throw new Error('The queue is empty')
  return first
}

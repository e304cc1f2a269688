import type { Clock, Timer } from '../../clock.ts'
import { type FoldedLine, LogFolder } from '../../core/peer/fold.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import { visible } from '../../core/visible.ts'
import type { LinkInfo } from '../api.ts'
import { duration } from './duration.ts'
import type { EventStream } from './event-stream.ts'
import { describeEvent } from './event-text.ts'
import type { EventPeer, NodeEvent } from './events.ts'

/**
 * What Holdfast needs of a logger: that part of pino's. Each line has an object of facts for programs and a sentence for people. No line ever holds a secret.
 */
export interface Logger {
  /** What is of use only where something is looked into; may be left out. */
  trace?(facts: object, message: string): void
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
  /** Whether it writes lines of that level; may be left out. What is of use in one level alone is not even put into words where it says no. */
  isLevelEnabled?(level: string): boolean
}

/** How much an event matters. */
export type NodeEventLevel = 'debug' | 'info' | 'warn' | 'error'

/** What becomes of an event: its level, and what repeats with it; or no line at all. */
interface Entry {
  readonly level: NodeEventLevel
  readonly kind: string
}

/** A line, as it is written unless it is folded with others. */
interface Line extends Entry {
  /** Whom it is about; what repeats is folded for each by itself. */
  readonly subject: string
  readonly facts: object
  readonly message: string
}

export interface NodeLogOptions {
  readonly logger: Logger
  readonly events: EventStream
  readonly clock: Clock
}

/**
 * Writes down what happens to a node: a line for each change of state, failover and band of health, and for what repeats itself one line with a count. A day
 * on which nothing happens adds nothing.
 */
export class NodeLog {
  readonly #options: NodeLogOptions
  readonly #folder = new LogFolder<Line>()
  readonly #leave: () => void
  #timer: Timer | undefined
  #timerMs = Infinity
  /** What a line about a probe said last, by peer and link: only where these are written. */
  readonly #scores = new Map<string, number>()

  constructor(options: NodeLogOptions) {
    this.#options = options
    this.#leave = options.events.listen((event) => this.#heard(event))
  }

  /** A probe of a link to a peer was answered. */
  probeAnswered(peer: EventPeer, linkNow: () => LinkInfo, roundTripMs: number): void {
    if (this.#options.logger.isLevelEnabled?.('debug') === false) return
    const link = linkNow()
    const key = probeKey(peer, link)
    const { score } = link
    const before = this.#scores.get(key)
    if (score !== undefined) this.#scores.set(key, score)
    const hasMoved = before !== undefined && score !== undefined && Math.abs(score - before) >= SCORE_CHANGE
    // A change is not folded away with the many answers that bring none.
    this.#tell({
      level: 'debug',
      kind: hasMoved ? 'probe:moved' : 'probe',
      subject: key,
      facts: {
        event: 'probe',
        peer: peer.id,
        name: peer.name,
        link: link.id,
        address: link.address,
        roundTripMs,
        score,
      },
      message: visible(
        `ping answered by ${peer.name} in ${milliseconds(roundTripMs)}${score === undefined ? '' : `, score ${score}`}${hasMoved ? ` (${before} before)` : ''}`,
      ),
    })
  }

  /** Writes what was held back, and nothing more. */
  close(): void {
    this.#leave()
    this.#timer?.cancel()
    for (const line of this.#folder.flush(this.#nowMs)) this.#writeFolded(line)
  }

  get #nowMs(): number {
    return this.#options.clock.now()
  }

  #heard(event: NodeEvent): void {
    if (event.type === 'link:lost') this.#scores.delete(probeKey(event.peer, event.link))
    const entry = logEntryOf(event)
    if (entry === undefined) return
    const subject = 'peer' in event ? event.peer.id : ''
    this.#tell({ ...entry, subject, facts: factsOf(event), message: describeEvent(event) })
  }

  #tell(line: Line): void {
    if (this.#folder.offer(line.kind, line.subject, line, this.#nowMs) === 'write') this.#write(line)
    else this.#arm()
  }

  #arm(): void {
    const deadlineMs = this.#folder.nextDeadlineMs
    if (deadlineMs >= this.#timerMs || deadlineMs === Infinity) return
    this.#timer?.cancel()
    this.#timerMs = deadlineMs
    this.#timer = this.#options.clock.after(Math.max(0, deadlineMs - this.#nowMs), () => {
      this.#timerMs = Infinity
      for (const line of this.#folder.due(this.#nowMs)) this.#writeFolded(line)
      this.#arm()
    })
  }

  #writeFolded({ last, count, spanMs, isMixed }: FoldedLine<Line>): void {
    const facts = { ...last.facts, count, spanMs }
    const times = count === 1 ? 'once more' : `${count} times more within ${duration(spanMs)}`
    const about = isMixed ? ', for several peers' : ''
    this.#write({ ...last, facts, message: `${last.message} (${times}${about}; this is the last)` })
  }

  #write({ level, facts, message }: Pick<Line, 'level' | 'facts' | 'message'>): void {
    try {
      this.#options.logger[level](facts, message)
    } catch {
      // A log that fails must not take the connections with it.
    }
  }
}

/** Points by which a score has moved when that is worth a line at level `debug`; at `info` is told when it has come into another band. */
const SCORE_CHANGE = 5

function probeKey({ id }: EventPeer, link: LinkInfo): string {
  return `${id} ${link.id}`
}

/** `12 ms`; below ten with one decimal. */
function milliseconds(ms: number): string {
  return `${ms < 10 ? Math.round(10 * ms) / 10 : Math.round(ms)} ms`
}

/** Losses that somebody wanted. */
const deliberate: ReadonlySet<LossReason> = new Set([
  'peer-shut-down',
  'closed-locally',
  'idle',
  'not-wanted',
  'paused',
  'unpaired',
])

/** Which events are worth a line. What a line about the peer says already has none for each link. */
export function logEntryOf(event: NodeEvent): Entry | undefined {
  switch (event.type) {
    case 'peer:paired':
    case 'peer:unpaired':
    case 'peer:renamed':
    case 'peer:connected':
    case 'interfaces:changed':
    case 'wake':
      return { level: 'info', kind: event.type }
    case 'nearby:found':
    case 'nearby:lost':
      return { level: 'debug', kind: event.type }
    case 'pairing:requested':
    case 'pairing:open':
      return { level: 'info', kind: event.type }
    case 'pairing:ended':
      // That it is complete is told of the peer.
      return event.outcome === 'paired' ? undefined : { level: 'warn', kind: event.type }
    case 'pairing:refused':
      return { level: 'warn', kind: event.type }
    case 'peer:disconnected':
      return { level: deliberate.has(event.reason) ? 'info' : 'warn', kind: event.type }
    case 'dial:failed':
      return { level: 'warn', kind: event.type }
    case 'peer:path':
      // That a peer is reached, or is not any more, is told of it.
      return event.before === 'none' || event.path === 'none' ? undefined : { level: 'info', kind: event.type }
    case 'link:active':
      return event.from === undefined ? undefined : { level: 'info', kind: event.type }
    case 'link:lost':
      return event.remaining === 0 ? undefined : { level: 'info', kind: event.type }
    case 'health:band':
      return { level: isPoor(event.band) ? 'warn' : 'info', kind: event.type }
    case 'peer:state':
      return stateEntry(event.state.kind, event.before.kind)
    case 'peer:settings':
    case 'session:new':
    case 'link:up':
    case 'events:missed':
      return undefined
  }
}

type StateKind = Extract<NodeEvent, { type: 'peer:state' }>['state']['kind']

/** Being connected, dialed and lost have events of their own, which say more. */
function stateEntry(kind: StateKind, before: StateKind): Entry | undefined {
  switch (kind) {
    case 'degraded':
    case 'blocked':
      return { level: 'warn', kind: `state:${kind}` }
    case 'paused':
      return { level: 'info', kind: 'state:paused' }
    case 'connected':
      return before === 'degraded' ? { level: 'info', kind: 'state:recovered' } : undefined
    case 'paired':
      return before === 'paused' || before === 'blocked' ? { level: 'info', kind: 'state:released' } : undefined
    case 'connecting':
    case 'disconnected':
      return undefined
  }
}

function isPoor(band: string): boolean {
  return band === 'poor' || band === 'critical'
}

/** The event for programs: flat where it can be. */
function factsOf(event: NodeEvent): object {
  const { type, ...rest } = event
  if (!('peer' in rest)) return { event: type, ...rest }
  const { peer, ...more } = rest
  return { event: type, peer: peer.id, name: peer.name, ...more }
}

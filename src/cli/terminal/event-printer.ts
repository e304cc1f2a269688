// Events as lines for people.
import { type FoldedLine, LogFolder } from '../../core/peer/fold.ts'
import type { EventView } from '../../daemon/contract/event.ts'
import { duration } from '../../node/events/duration.ts'
import type { NodeEvent } from '../../node/events/events.ts'
import { logEntryOf, type NodeEventLevel } from '../../node/events/log.ts'
import { print, shown, styled } from './output.ts'
import { clockTime } from './time.ts'

interface Entry {
  readonly level: NodeEventLevel
  readonly kind: string
}

/** An event, and how many came before it. */
interface Placed {
  readonly event: EventView
  readonly place: number
}

/** What stands in one line. */
interface Line extends Placed {
  readonly level: NodeEventLevel
  /** What is said behind the event. */
  readonly more: string
}

interface EventPrinterOptions {
  /** Every event has a line of its own. */
  readonly all: boolean
  /** Default: standard output. */
  readonly write?: (line: string) => void
}

/**
 * Prints those that are worth a line, in the order in which they happened, and what repeats itself once in a while with a count: at the latest before the next line that is newer.
 * What is held back is printed when it is disposed of.
 */
export class EventPrinter implements Disposable {
  readonly #all: boolean
  readonly #write: (line: string) => void
  readonly #folder = new LogFolder<Placed>()
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor({ all, write = print }: EventPrinterOptions) {
    this.#all = all
    this.#write = write
  }

  /** Those of the past, oldest first. A line that stands for several is in the place of the last of them. */
  tellPast(events: readonly EventView[]): void {
    const lines = events.flatMap((event) => {
      const { due, own } = this.#offer(event)
      return [...due, ...own]
    })
    this.#printInOrder([...lines, ...this.#heldBack(events.at(-1)?.atMs ?? 0)])
  }

  /** One that happens now. */
  tell(event: EventView): void {
    const { due, own } = this.#offer(event)
    const isQuiet = due.length + own.length === 0
    this.#printInOrder([...due, ...own, ...(isQuiet ? [] : this.#heldBack(event.atMs))])
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#printInOrder(this.#heldBack(Date.now()))
  }

  /** What is to be printed of what was held back, because of the time that has passed, and the line of this event unless it is held back. */
  #offer(event: EventView): { readonly due: readonly Line[]; readonly own: readonly Line[] } {
    const entry = entryOf(event)
    const placed = { event, place: this.#count++ }
    if (this.#all) return { due: [], own: [{ ...placed, level: entry?.level ?? 'debug', more: '' }] }
    if (entry === undefined) return { due: [], own: [] }
    // By the time of the events, so that those of the past fold as they did when they happened.
    const due = this.#folder.due(event.atMs).map(foldedLine)
    const isHeld =
      isRepetitive(event.type) && this.#folder.offer(entry.kind, event.peer?.id ?? '', placed, event.atMs) === 'hold'
    return { due, own: isHeld ? [] : [{ ...placed, level: entry.level, more: '' }] }
  }

  #heldBack(nowMs: number): Line[] {
    return this.#folder.flush(nowMs).map(foldedLine)
  }

  #printInOrder(lines: readonly Line[]): void {
    for (const line of lines.toSorted((a, b) => a.place - b.place)) this.#print(line)
  }

  #print({ event: { atMs, text }, level, more }: Line): void {
    const time = styled('dim', clockTime(atMs, Date.now()))
    const sentence = shown(text) + more
    this.#write(`${time}  ${level === 'warn' || level === 'error' ? styled('yellow', sentence) : sentence}`)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const { nextDeadlineMs } = this.#folder
    if (nextDeadlineMs === Infinity) return
    this.#timer = setTimeout(
      () => {
        // Some of it is due, and nothing older may come behind that.
        this.#printInOrder(this.#heldBack(Date.now()))
        this.#arm()
      },
      Math.max(0, nextDeadlineMs - Date.now()),
    )
    this.#timer.unref()
  }
}

function foldedLine({ last, count, spanMs, isMixed }: FoldedLine<Placed>): Line {
  const times = count === 1 ? 'once more' : `${count} times more within ${duration(spanMs)}`
  const more = ` (${times}${isMixed ? ', for several peers' : ''}; this is the last)`
  return { ...last, level: entryOf(last.event)?.level ?? 'info', more }
}

/** As the node's own log has it; what services tell always has a line. */
function entryOf({ type, data, ...rest }: EventView): Entry | undefined {
  if (type.startsWith('events:')) return { level: 'warn', kind: type }
  return (
    logEntryOf({ type, ...rest, ...data } as unknown as NodeEvent) ??
    (isOfService(type) ? { level: 'info', kind: type } : undefined)
  )
}

/** Whoever looks on wants to see each coming and going at once; but a peer that is away all night fails to be reached a thousand times. */
function isRepetitive(type: string): boolean {
  return type === 'dial:failed' || type === 'health:band' || type === 'pairing:refused' || type.startsWith('link:')
}

function isOfService(type: string): boolean {
  return !/^(peer|link|session|health|dial|wake|interfaces)(:|$)/.test(type)
}

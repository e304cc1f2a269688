// Events as lines for people.
import { type FoldedLine, LogFolder } from '../core/peer/fold.ts'
import type { EventView } from '../daemon/contract/event.ts'
import { duration } from '../node/duration.ts'
import type { NodeEvent } from '../node/events.ts'
import { logEntryOf, type NodeEventLevel } from '../node/log.ts'
import { print, shown, styled } from './output.ts'
import { clockTime } from './time.ts'

interface Entry {
  readonly level: NodeEventLevel
  readonly kind: string
}

/** What stands in one line. */
interface Line {
  readonly event: EventView
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

/** Prints those that are worth a line, and what repeats itself once in a while with a count. What is held back is printed when it is disposed of. */
export class EventPrinter implements Disposable {
  readonly #all: boolean
  readonly #write: (line: string) => void
  readonly #folder = new LogFolder<EventView>()
  #timer: NodeJS.Timeout | undefined

  constructor({ all, write = print }: EventPrinterOptions) {
    this.#all = all
    this.#write = write
  }

  /** Those of the past, oldest first. A line that stands for several is in the place of the last of them. */
  tellPast(events: readonly EventView[]): void {
    const lines = events.flatMap((event) => this.#linesOf(event))
    lines.push(...this.#folder.flush(events.at(-1)?.atMs ?? 0).map(foldedLine))
    const places = new Map(events.map((event, place) => [event, place]))
    const placeOf = ({ event }: Line): number => places.get(event) ?? 0
    for (const line of lines.toSorted((a, b) => placeOf(a) - placeOf(b))) this.#print(line)
  }

  /** One that happens now. */
  tell(event: EventView): void {
    for (const line of this.#linesOf(event)) this.#print(line)
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const line of this.#folder.flush(Date.now())) this.#print(foldedLine(line))
  }

  /** What is to be printed because of it, and of the time that has passed. */
  #linesOf(event: EventView): Line[] {
    const entry = entryOf(event)
    if (this.#all) return [{ event, level: entry?.level ?? 'debug', more: '' }]
    if (entry === undefined) return []
    // By the time of the events, so that those of the past fold as they did when they happened.
    const due = this.#folder.due(event.atMs).map(foldedLine)
    const isHeld =
      isRepetitive(event.type) && this.#folder.offer(entry.kind, event.peer?.id ?? '', event, event.atMs) === 'hold'
    return isHeld ? due : [...due, { event, level: entry.level, more: '' }]
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
        for (const line of this.#folder.due(Date.now())) this.#print(foldedLine(line))
        this.#arm()
      },
      Math.max(0, nextDeadlineMs - Date.now()),
    )
    this.#timer.unref()
  }
}

function foldedLine({ last, count, spanMs, isMixed }: FoldedLine<EventView>): Line {
  const times = count === 1 ? 'once more' : `${count} times more within ${duration(spanMs)}`
  const more = ` (${times}${isMixed ? ', for several peers' : ''}; this is the last)`
  return { event: last, level: entryOf(last)?.level ?? 'info', more }
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

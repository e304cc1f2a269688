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

/** Prints those that are worth a line, and what repeats itself once in a while with a count. What is held back is printed when it is disposed of. */
export class EventPrinter implements Disposable {
  readonly #all: boolean
  readonly #folder = new LogFolder<EventView>()
  #timer: NodeJS.Timeout | undefined

  /** `all`: every event has a line of its own. */
  constructor({ all }: { readonly all: boolean }) {
    this.#all = all
  }

  tell(event: EventView): void {
    const entry = entryOf(event)
    if (this.#all) return printLine(event, entry?.level ?? 'debug')
    if (entry === undefined) return
    // By the time of the events, so that those of the past fold as they did when they happened.
    for (const line of this.#folder.due(event.atMs)) printFolded(line)
    if (!isRepetitive(event.type)) return printLine(event, entry.level)
    if (this.#folder.offer(entry.kind, event.peer?.id ?? '', event, event.atMs) === 'write')
      printLine(event, entry.level)
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const line of this.#folder.flush(Date.now())) printFolded(line)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const { nextDeadlineMs } = this.#folder
    if (nextDeadlineMs === Infinity) return
    this.#timer = setTimeout(
      () => {
        for (const line of this.#folder.due(Date.now())) printFolded(line)
        this.#arm()
      },
      Math.max(0, nextDeadlineMs - Date.now()),
    )
    this.#timer.unref()
  }
}

function printFolded({ last, count, spanMs, isMixed }: FoldedLine<EventView>): void {
  const times = count === 1 ? 'once more' : `${count} times more within ${duration(spanMs)}`
  printLine(
    last,
    entryOf(last)?.level ?? 'info',
    ` (${times}${isMixed ? ', for several peers' : ''}; this is the last)`,
  )
}

function printLine({ atMs, text }: EventView, level: NodeEventLevel, more = ''): void {
  const time = styled('dim', clockTime(atMs, Date.now()))
  const sentence = shown(text) + more
  print(`${time}  ${level === 'warn' || level === 'error' ? styled('yellow', sentence) : sentence}`)
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

import type { ChatMessageView } from '../../daemon/contract/chat.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import { duration } from '../../node/events/duration.ts'
import { shown, styled } from '../terminal/output.ts'
import { hanging, width } from '../terminal/text.ts'
import { clock, day } from '../terminal/time.ts'
import type { Marks } from './marks.ts'
import { messageLines } from './message-lines.ts'
import type { ChatTerminal } from './terminal.ts'

/** Messages that come so much later than they were written say so, in milliseconds. */
const lateMs = 60_000
/** Deliveries of what has left the screen are told together. */
const togetherMs = 200

const colours = ['cyan', 'magenta', 'green', 'yellow', 'blue'] as const

export interface TranscriptOptions {
  readonly terminal: ChatTerminal
  readonly marks: Marks
  /** There are several conversations, so each own message says for whom it is. */
  readonly several: boolean
}

/** The conversation as it scrolls by: messages with their marks, and what else happens. */
export class Transcript {
  readonly #options: TranscriptOptions
  /** Where the own messages stand that wait, by their numbers. */
  readonly #waiting = new Map<number, { readonly find: () => number | undefined; readonly message: ChatMessageView }>()
  #unseen: ChatMessageView[] = []
  #day = day(Date.now())

  constructor(options: TranscriptOptions) {
    this.#options = options
  }

  messages(messages: readonly ChatMessageView[]): void {
    for (const message of messages) this.#message(message)
  }

  /** Marks an own message as delivered, or says so if it has left the screen. */
  delivered(number: number): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    const { terminal, marks } = this.#options
    const up = waiting.find()
    if (up !== undefined) {
      terminal.overwrite(up, width(`${clock(waiting.message.atMs)} `), styled('green', marks.delivered))
      return
    }
    if (this.#unseen.length === 0) setTimeout(() => this.#tellUnseen(), togetherMs).unref()
    this.#unseen.push(waiting.message)
  }

  /** Something that is no message. */
  tell(text: string): void {
    const { terminal } = this.#options
    terminal.print(hanging('* ', text, terminal.columns).map((row) => styled('dim', row)))
  }

  #message(message: ChatMessageView): void {
    const { terminal } = this.#options
    const label = this.#label(message)
    const find = terminal.print([
      ...this.#dayRows(message.atMs),
      ...messageLines(label, message.text, terminal.columns),
      ...lateRows(message, width(label), terminal.columns),
    ])
    if (message.direction === 'sent' && message.deliveredAtMs === null)
      this.#waiting.set(message.number, { find, message })
  }

  #label({ atMs, direction, deliveredAtMs, peer }: ChatMessageView): string {
    const { marks, several } = this.#options
    const time = styled('dim', clock(atMs))
    if (direction === 'received') return `${time} ${marks.none} ${nickname(peer)}: `
    const mark = deliveredAtMs === null ? styled('yellow', marks.waiting) : styled('green', marks.delivered)
    return `${time} ${mark} ${styled('bold', 'you')}${several ? ` to ${nickname(peer)}` : ''}: `
  }

  #dayRows(atMs: number): string[] {
    const today = day(atMs)
    if (today === this.#day) return []
    this.#day = today
    return [styled('dim', `-- ${today} --`)]
  }

  #tellUnseen(): void {
    const unseen = this.#unseen
    this.#unseen = []
    for (const { id, name } of new Map(unseen.map(({ peer }) => [peer.id, peer])).values()) {
      const count = unseen.filter(({ peer }) => peer.id === id).length
      const what = count === 1 ? 'the message that waited' : `the ${count} messages that waited`
      this.tell(`${this.#options.marks.delivered} ${shown(name)} has ${what}`)
    }
  }
}

/** A message that was written during an outage says how long it took. */
function lateRows({ atMs, receivedAtMs, delayed }: ChatMessageView, indent: number, columns: number): string[] {
  if (!delayed || receivedAtMs === null || receivedAtMs - atMs < lateMs) return []
  const text = `(written during an outage, came ${duration(receivedAtMs - atMs)} later)`
  return hanging(' '.repeat(indent), text, columns).map((row) => styled('dim', row))
}

function nickname({ id, name }: PeerRef): string {
  // The end of an id is a checksum, and as good as chance.
  const colour = colours[id.charCodeAt(id.length - 1) % colours.length]!
  return styled(colour, shown(name))
}

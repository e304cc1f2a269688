// A chat without a terminal: lines in, lines out.
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from '../../daemon/client.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import { duration } from '../../node/events/duration.ts'
import { chatWire } from '../../services/chat/limits.ts'
import { LinesRefusedError, NotDeliveredError, UsageError } from '../errors.ts'
import { RetryingCalls, within } from '../retrying-calls.ts'
import { aborted } from '../terminal/interrupt.ts'
import { note, outputClosed, printError } from '../terminal/output.ts'
import { Delivery } from './delivery.ts'
import { type InputLine, InputLines } from './input-lines.ts'
import { type ChatPrinter, jsonPrinter, linePrinter } from './printers.ts'
import type { ChatCommand } from './run-chat.ts'
import { untilDelivered, whatNext } from './waiting.ts'
import { type Beginning, withFeed } from './with-feed.ts'

/** Of refused lines so many are named at the end. */
const refusedNamedMax = 10
/** When nobody reads the output any more, what was accepted has so long to be delivered. */
const lastDeliveryMs = 2_000

/** Each line of standard input goes to all peers, and what comes from them is printed; until the input has ended and everything is delivered. */
export async function runPipe(command: ChatCommand): Promise<void> {
  await new PipeChat(command).run()
}

class PipeChat {
  readonly #command: ChatCommand
  readonly #calls: RetryingCalls
  readonly #delivery: Delivery
  readonly #printer: ChatPrinter
  readonly #input = new InputLines(process.stdin, chatWire.textBytesMax)
  /** The line that is being written, as long as not all peers' messages are accepted. */
  #current: number | undefined
  #refused = 0
  readonly #refusedNamed: number[] = []

  constructor(command: ChatCommand) {
    const { control, options, signal } = command
    this.#command = command
    this.#printer = options.json ? jsonPrinter() : linePrinter()
    this.#calls = new RetryingCalls({ control, signal, gone: (why) => note(`holdfast: ${why}`) })
    this.#delivery = new Delivery(this.#calls)
  }

  async run(): Promise<void> {
    const { options, signal } = this.#command
    const delivered = (number: number): void => {
      this.#delivery.delivered(number)
      this.#printer.delivered(number)
    }
    const unpaired = (peer: PeerRef): void => this.#delivery.unpaired(peer)
    const listener = { ...this.#printer, delivered, unpaired }
    const feed = { calls: this.#calls, lines: options.lines ?? 0, listener }
    try {
      await withFeed(this.#command, feed, (beginning) => this.#talk(beginning))
    } catch (error) {
      const unfinished = this.#unfinished()
      if (signal.aborted && unfinished !== undefined) printError(`holdfast: ${unfinished}`)
      throw error
    }
    if (this.#refused > 0) throw new LinesRefusedError(this.#refused, this.#refusedNamed)
  }

  async #talk({ past, conversations }: Beginning): Promise<void> {
    const { signal } = this.#command
    const over = new AbortController()
    const closed = outputClosed(over.signal).then(() => this.#closed())
    try {
      this.#printer.conversations(conversations)
      await Promise.race([closed, aborted(signal), this.#printer.messages(past).then(() => this.#write())])
    } finally {
      over.abort()
    }
  }

  async #write(): Promise<void> {
    const { control, options, signal } = this.#command
    for await (const line of this.#input) await this.#line(line)
    await untilDelivered(this.#delivery, control, options.timeout, signal)
  }

  async #line(line: InputLine): Promise<void> {
    const { peers, named } = this.#command
    if ('refusal' in line) return this.#refuse(line.number, line.refusal)
    if (line.text === '') return
    if (!named) throw new UsageError('Name the peers to write to; without names, a chat in a pipe only listens')
    this.#current = line.number
    for (const peer of peers) {
      await this.#inTime(line.number, (until) => this.#delivery.say(peer, line.text, until)).catch((error: unknown) => {
        if (!isOfMessage(error)) throw error
        this.#refuse(line.number, error.message)
      })
    }
    this.#current = undefined
  }

  #inTime(number: number, say: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
    const { options, signal } = this.#command
    const late = (): Error => {
      const why = `Line ${number} was not accepted within ${duration(options.timeout ?? 0)}`
      return new NotDeliveredError(`${why}. ${this.#unfinished() ?? ''}`)
    }
    return within(options.timeout, signal, say, late)
  }

  #refuse(number: number, why: string): void {
    this.#refused++
    if (this.#refusedNamed.length < refusedNamedMax) this.#refusedNamed.push(number)
    this.#printer.refused(number, why)
  }

  /** Nobody reads what is printed any more. That is no failure, unless something was not delivered. */
  async #closed(): Promise<void> {
    const { signal } = this.#command
    const late = sleep(lastDeliveryMs, undefined, { signal })
    while (this.#current !== undefined || this.#delivery.waiting > 0) {
      const isLate = await Promise.race([late.then(() => true), sleep(20).then(() => false)])
      if (isLate) break
    }
    const unfinished = this.#unfinished()
    if (unfinished !== undefined) throw new NotDeliveredError(`Nobody reads the output any more. ${unfinished}`)
  }

  /** What of the input is not delivered, in whole sentences; undefined if all of it is. */
  #unfinished(): string | undefined {
    const { waiting } = this.#delivery
    const unread = this.#input.countUnread() + (this.#current === undefined ? 0 : 1)
    const first = this.#current ?? this.#input.number + 1
    const parts: string[] = []
    if (unread === 1) parts.push(`Line ${first} was read and is not known to be accepted`)
    if (unread > 1) parts.push(`${unread} lines, from line ${first} on, were read and are not known to be accepted`)
    if (waiting > 0) {
      parts.push(`${counted(waiting, 'accepted message')} not delivered yet. ${whatNext(this.#command.control)}`)
    }
    return parts.length === 0 ? undefined : parts.join('. ')
  }
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what} is` : `${count} ${what}s are`
}

/** The message itself cannot be sent, and the next one may. */
function isOfMessage(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 'chat-message-invalid' || error.code === 'body-too-large')
}

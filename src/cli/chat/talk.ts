import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import { checkText } from '../../services/chat/message.ts'
import { mayPass, RetryingCalls } from '../retrying-calls.ts'
import { aborted } from '../terminal/interrupt.ts'
import { note, shown } from '../terminal/output.ts'
import { Attending } from './attending.ts'
import { conversationsWith, newestMessages } from './conversations.ts'
import { newMessageId } from './delivery.ts'
import type { ChatListener } from './feed.ts'
import { type ChatInput, chatHelp, parseChatInput } from './input.ts'
import { marksOf } from './marks.ts'
import { PresenceChanges } from './presence-news.ts'
import type { ChatCommand } from './run-chat.ts'
import { ChatTerminal } from './terminal.ts'
import { Transcript } from './transcript.ts'
import { whatNext } from './waiting.ts'
import { type Beginning, withFeed } from './with-feed.ts'

const linesDefault = 20
/** So long may the last words take when somebody leaves. */
const lastWordsMs = 2_000

/** A chat on a terminal, until somebody leaves it. */
export async function talk(command: ChatCommand): Promise<void> {
  const talking = new Talk(command)
  const feed = { calls: talking.calls, lines: command.options.lines ?? linesDefault, listener: talking }
  await withFeed(command, feed, (beginning) => talking.run(beginning))
}

class Talk implements ChatListener {
  readonly #command: ChatCommand
  readonly #ids: ReadonlySet<string>
  readonly #news = new PresenceChanges()
  /** What the others call themselves, as it was told last. */
  readonly #nicknames = new Map<string, string>()
  readonly #left = Promise.withResolvers<void>()
  /** Aborted when the last words have had their time. */
  readonly #leaving = new AbortController()
  readonly #terminal: ChatTerminal
  readonly #transcript: Transcript
  /** What was typed is dealt with in its order. */
  #typed = Promise.resolve()
  #to: PeerRef | undefined
  readonly calls: RetryingCalls

  constructor(command: ChatCommand) {
    this.#command = command
    const { peers, control, signal } = command
    this.calls = new RetryingCalls({
      control,
      signal,
      gone: (why) => this.#transcript.tell(shown(why.charAt(0).toLowerCase() + why.slice(1))),
      back: () => this.#transcript.tell('the daemon is back'),
    })
    this.#ids = new Set(peers.map(({ id }) => id))
    this.#to = peers.length === 1 ? peers[0] : undefined
    this.#terminal = new ChatTerminal({
      line: (text) => {
        // What was typed before may wait for the daemon.
        if (parseChatInput(text, peers, undefined).kind === 'quit') this.#left.resolve()
        this.#typed = this.#typed.then(() => this.#input(parseChatInput(text, peers, this.#to)))
      },
      ended: () => this.#left.resolve(),
    })
    this.#transcript = new Transcript({ terminal: this.#terminal, marks: marksOf(), several: peers.length > 1 })
  }

  async run({ past, conversations }: Beginning): Promise<void> {
    const { control, signal } = this.#command
    const attending = new Attending(control.api, [...this.#ids])
    try {
      this.#transcript.messages(past)
      this.#transcript.tell('/help tells what you can write here; Ctrl-D leaves')
      this.conversations(conversations)
      this.#terminal.prompt = this.#prompt
      await Promise.race([this.#left.promise, aborted(signal)])
      await this.#lastTyped()
    } finally {
      this.#terminal[Symbol.dispose]()
      await attending.end()
    }
    await this.#lastWords()
  }

  // For the feed.

  messages(messages: readonly ChatMessageView[]): void {
    this.#transcript.messages(messages)
  }

  delivered(number: number): void {
    this.#transcript.delivered(number)
  }

  conversations(conversations: readonly ChatConversationView[]): void {
    for (const { text, peer, nickname } of this.#news.of(conversations)) {
      const isNew = nickname !== null && nickname !== peer.name && this.#nicknames.get(peer.id) !== nickname
      if (isNew) this.#nicknames.set(peer.id, nickname)
      this.#transcript.tell(shown(isNew ? `${text}; it calls itself ${nickname}` : text))
    }
  }

  // For the person.

  get #prompt(): string {
    return `${this.#to === undefined ? '' : shown(this.#to.name)}> `
  }

  async #input(input: ChatInput): Promise<void> {
    try {
      await this.#perform(input)
    } catch (error) {
      this.#transcript.tell(error instanceof Error ? shown(error.message) : String(error))
    }
  }

  async #perform(input: ChatInput): Promise<void> {
    switch (input.kind) {
      case 'nothing':
        return
      case 'say':
        return this.#say(input.to, input.text)
      case 'to':
        this.#to = input.peer
        this.#terminal.prompt = this.#prompt
        return
      case 'help':
        for (const [typed, what] of chatHelp) this.#transcript.tell(`${typed}  ${what}`)
        return
      case 'who':
        for (const { text, waiting } of await this.#conversations()) {
          this.#transcript.tell(shown(text) + (waiting === 0 ? '' : `; ${counted(waiting)} waiting`))
        }
        return
      case 'history':
        return this.#history(input.lines)
      case 'quit':
        this.#left.resolve()
        return
      case 'wrong':
        this.#transcript.tell(shown(input.text))
    }
  }

  async #say(to: PeerRef, text: string): Promise<void> {
    checkText(text)
    const { api } = this.#command.control
    const id = newMessageId()
    try {
      // It is shown when it comes back as an event, like what is written elsewhere.
      await this.calls.answer((attempt) => api.say(to.id, text, id, attempt), this.#leaving.signal)
    } catch (error) {
      this.#command.signal.throwIfAborted()
      this.#transcript.tell(`not sent: ${shown(text)}`)
      throw error
    }
  }

  async #history(lines: number): Promise<void> {
    const { control, signal } = this.#command
    const asked = this.#to === undefined ? this.#ids : new Set([this.#to.id])
    const messages = await newestMessages(control.api, asked, { limit: lines }, signal)
    this.#transcript.tell(messages.length === 1 ? 'the last message:' : `the last ${messages.length} messages:`)
    this.#transcript.messages(messages)
  }

  #conversations(): Promise<ChatConversationView[]> {
    const { control, signal } = this.#command
    return conversationsWith(control.api, this.#ids, signal)
  }

  async #lastTyped(): Promise<void> {
    const late = setTimeout(() => this.#leaving.abort(new Error('no daemon has taken it')), lastWordsMs)
    await this.#typed
    clearTimeout(late)
  }

  /** Whoever writes "bye" and leaves wants it to arrive. What does not is named. */
  async #lastWords(): Promise<void> {
    const { control } = this.#command
    const untilMs = Date.now() + lastWordsMs
    for (;;) {
      const conversations = await this.#conversations().catch((error: unknown) => {
        if (!mayPass(error)) throw error
        note('The daemon is gone; what it has taken is kept, and goes when it is back')
        return []
      })
      const waiting = conversations.filter((one) => one.waiting > 0)
      if (waiting.length === 0) return
      if (waiting.every(({ presence }) => presence === 'away') || Date.now() > untilMs) {
        const told = waiting.map((one) => `${counted(one.waiting)} for ${shown(one.peer.name)}`).join(', ')
        note(`Not delivered yet: ${told}. ${whatNext(control)}`)
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function counted(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`
}

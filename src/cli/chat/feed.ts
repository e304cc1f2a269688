import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'
import type { EventView } from '../../daemon/contract/event.ts'
import type { Control } from '../control.ts'
import { DaemonUnreachableError } from '../errors.ts'
import { followEvents } from '../follow-events.ts'
import { conversationsWith, newestMessages } from './conversations.ts'

/** Messages that are asked for at a time. */
const pageMessages = 500

/** Who is told of what happens in a chat. */
export interface ChatListener {
  /** Messages that are new, whoever wrote them, in order. */
  messages(messages: readonly ChatMessageView[]): void
  /** The other side has the own message with this number. */
  delivered(number: number): void
  /** How it stands with the other side of a conversation may have changed. */
  conversations?(conversations: readonly ChatConversationView[]): void
  /** The daemon has gone, and is waited for. */
  gone?(): void
}

export interface ChatFeedOptions {
  readonly control: Control
  /** The ids of those whose conversations it is about. */
  readonly peers: ReadonlySet<string>
  readonly signal: AbortSignal
  readonly listener: ChatListener
}

/** What happens in some conversations, from the events of the daemon; what they leave out is asked for. */
export class ChatFeed {
  readonly #options: ChatFeedOptions
  /** The event after which `follow` begins. */
  #after = ''
  /** The number of the newest message that is known here. */
  #newest = 0
  /** Own messages that were told and are not delivered yet. */
  readonly #waiting = new Set<number>()
  /** Something could not be asked for. */
  #isBehind = false

  constructor(options: ChatFeedOptions) {
    this.#options = options
  }

  /** The newest messages of the conversations, oldest first. */
  async past(limit: number): Promise<ChatMessageView[]> {
    const { control, peers, signal } = this.#options
    const { api } = control
    // First where the events stand, then what there is: so nothing is missed between the two.
    this.#after = (await api.log({ limit: 1 })).newest
    this.#newest = (await api.messages({ limit: 1 }, signal)).messages.at(-1)?.number ?? 0
    return this.#noted(await newestMessages(api, peers, { limit, before: this.#newest + 1 }, signal))
  }

  /** How it stands with the other sides. */
  async conversations(): Promise<ChatConversationView[]> {
    const { control, peers, signal } = this.#options
    return conversationsWith(control.api, peers, signal)
  }

  /** Tells what happens after that, until the signal is aborted. */
  async follow(): Promise<void> {
    const { control, signal, listener } = this.#options
    const gone = (): void => {
      this.#isBehind = true
      listener.gone?.()
    }
    for await (const event of followEvents(control, { after: this.#after, signal, gone })) {
      try {
        await this.#tell(event)
      } catch (error) {
        if (!(error instanceof DaemonUnreachableError)) throw error
        this.#isBehind = true
      }
    }
    signal.throwIfAborted()
  }

  async #tell({ type, peer, data }: EventView): Promise<void> {
    const { peers, listener } = this.#options
    if (this.#isBehind || type === 'events:missed') await this.#catchUp()
    const number = Number(data['number'])
    if (type === 'chat:message' && number > this.#newest) await this.#news()
    if (type === 'chat:delivered' && this.#waiting.delete(number)) listener.delivered(number)
    if (isOfPresence(type) && peer !== null && peers.has(peer.id)) await this.#presence()
  }

  async #catchUp(): Promise<void> {
    await this.#news()
    await this.#recheck()
    await this.#presence()
    this.#isBehind = false
  }

  async #presence(): Promise<void> {
    this.#options.listener.conversations?.(await this.conversations())
  }

  /** Tells of the messages that are new. */
  async #news(): Promise<void> {
    const { peers, listener } = this.#options
    for await (const page of this.#pagesAfter(this.#newest)) {
      this.#newest = page.at(-1)?.number ?? this.#newest
      const own = this.#noted(page.filter(({ peer }) => peers.has(peer.id)))
      if (own.length > 0) listener.messages(own)
      // The event that tells of that was before, or is no news any more.
      for (const { number, deliveredAtMs } of own) if (deliveredAtMs !== null) listener.delivered(number)
    }
  }

  /** Some may have been delivered of which no event told. */
  async #recheck(): Promise<void> {
    if (this.#waiting.size === 0) return
    for await (const page of this.#pagesAfter(Math.min(...this.#waiting) - 1)) {
      for (const { number, deliveredAtMs } of page) {
        if (deliveredAtMs !== null && this.#waiting.delete(number)) this.#options.listener.delivered(number)
      }
    }
  }

  async *#pagesAfter(number: number): AsyncGenerator<ChatMessageView[], undefined> {
    const { control, signal } = this.#options
    for (let after = number; ; ) {
      const { messages, more } = await control.api.messages({ after, limit: pageMessages }, signal)
      yield messages
      if (!more) return
      after = messages.at(-1)?.number ?? after
    }
  }

  #noted(messages: ChatMessageView[]): ChatMessageView[] {
    for (const { number, direction, deliveredAtMs } of messages) {
      if (direction === 'sent' && deliveredAtMs === null) this.#waiting.add(number)
    }
    return messages
  }
}

function isOfPresence(type: string): boolean {
  return type === 'chat:presence' || type === 'peer:state' || type === 'peer:connected' || type === 'peer:renamed'
}

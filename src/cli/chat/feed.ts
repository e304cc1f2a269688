import type { ApiClient } from '../../daemon/client.ts'
import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import type { EventView } from '../../daemon/contract/event.ts'
import { followEvents } from '../follow-events.ts'
import type { RetryingCalls } from '../retrying-calls.ts'
import { conversationsWith, newestMessages } from './conversations.ts'

/** Messages that are asked for at a time. */
const pageMessages = 500

/** Who is told of what happens in a chat. */
export interface ChatListener {
  /** Messages that are new, whoever wrote them, in order. What comes later is told when the promise is resolved. */
  messages(messages: readonly ChatMessageView[]): void | Promise<void>
  /** The other side has the own message with this number. */
  delivered(number: number): void
  /** It is no peer any more: what waits for it is not delivered. */
  unpaired?(peer: PeerRef): void
  /** How it stands with the other side of a conversation may have changed. */
  conversations?(conversations: readonly ChatConversationView[]): void
}

export interface ChatFeedOptions {
  readonly calls: RetryingCalls
  /** The ids of those whose conversations it is about. */
  readonly peers: ReadonlySet<string>
  readonly signal: AbortSignal
  readonly listener: ChatListener
}

/** What happens in some conversations, from the events of the daemon and across its restarts; what they leave out is asked for. */
export class ChatFeed {
  readonly #options: ChatFeedOptions
  /** The event after which `follow` begins. */
  #after = ''
  /** The number of the newest message that is known here. */
  #newest = 0
  /** Own messages that were told and are not delivered yet. */
  readonly #waiting = new Set<number>()

  constructor(options: ChatFeedOptions) {
    this.#options = options
  }

  /** The newest messages of the conversations, oldest first. */
  async past(limit: number): Promise<ChatMessageView[]> {
    const { peers } = this.#options
    // First where the events stand, then what there is: so nothing is missed between the two.
    this.#after = (await this.#answer((api) => api.log({ limit: 1 }))).newest
    const newest = await this.#answer((api, signal) => api.messages({ limit: 1 }, signal))
    this.#newest = newest.messages.at(-1)?.number ?? 0
    const page = { limit, before: this.#newest + 1 }
    return this.#noted(await this.#answer((api, signal) => newestMessages(api, peers, page, signal)))
  }

  /** How it stands with the other sides. */
  async conversations(): Promise<ChatConversationView[]> {
    const { peers } = this.#options
    return this.#answer((api, signal) => conversationsWith(api, peers, signal))
  }

  /** Tells what happens after that, until the signal is aborted. */
  async follow(): Promise<void> {
    const { calls, signal } = this.#options
    const gone = (error: Error): void => calls.failed(error)
    const back = (): void => calls.answered()
    for await (const event of followEvents(calls.control, { after: this.#after, signal, gone, back })) {
      await this.#tell(event)
    }
    signal.throwIfAborted()
  }

  async #tell({ type, peer, data }: EventView): Promise<void> {
    const { peers, listener } = this.#options
    // The daemon was started anew, or this command was slow: what happened meanwhile is not among the events.
    if (type === 'events:missed') await this.#catchUp()
    const number = Number(data['number'])
    if (type === 'chat:message' && number > this.#newest) await this.#news()
    if (type === 'chat:delivered' && this.#waiting.delete(number)) listener.delivered(number)
    if (type === 'peer:unpaired' && peer !== null && peers.has(peer.id)) listener.unpaired?.(peer)
    if (isOfPresence(type) && peer !== null && peers.has(peer.id)) await this.#presence()
  }

  async #catchUp(): Promise<void> {
    await this.#news()
    await this.#recheck()
    await this.#presence()
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
      if (own.length > 0) await listener.messages(own)
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
    for (let after = number; ; ) {
      const page = { after, limit: pageMessages }
      const { messages, more } = await this.#answer((api, signal) => api.messages(page, signal))
      yield messages
      if (!more) return
      after = messages.at(-1)?.number ?? after
    }
  }

  #answer<T>(call: (api: ApiClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { calls, signal } = this.#options
    return calls.answer((attempt) => call(calls.control.api, attempt), signal)
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

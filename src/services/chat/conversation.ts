import type { Clock } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { HoldfastStream, Node } from '../../node/api.ts'
import type { DeliveryCounts } from './delivery-counts.ts'
import { type Inbox, Incoming } from './incoming.ts'
import { type ChatLimits, chatWire } from './limits.ts'
import type { ChatMessage, IncomingMessage } from './message.ts'
import { OutboxSender, type OutboxSenderHost } from './outbox-sender.ts'
import type { Waiting } from './outgoing.ts'
import { PresenceNotifier } from './presence-news.ts'
import type { ChatStore } from './store.ts'
import type { Hello } from './wire.ts'

/** What a conversation needs of the chat. */
export interface ConversationHost {
  readonly node: Node
  readonly store: ChatStore
  readonly clock: Clock
  readonly limits: ChatLimits
  readonly counts: DeliveryCounts
  received(messages: readonly ChatMessage[]): void
  delivered(messages: readonly ChatMessage[]): void
  presenceChanged(conversation: Conversation): void
}

/** What goes on between this node and one peer: its messages out and in, and who attends. What is kept of it stands in the store. */
export class Conversation implements OutboxSenderHost, Inbox {
  readonly peerId: PeerId
  readonly #host: ConversationHost
  readonly #outboxSender: OutboxSender
  readonly #incoming: Incoming
  readonly #presence: PresenceNotifier
  /** Those who have the conversation open here. */
  #attendants = 0
  #theirs: Hello | undefined
  #hindrance: Error | undefined
  /** The last of the messages that were given to a stream in this run. */
  #sentNumber = 0

  constructor(peerId: PeerId, host: ConversationHost) {
    this.peerId = peerId
    this.#host = host
    this.#outboxSender = new OutboxSender(this)
    this.#incoming = new Incoming(this, host.clock, host.limits)
    this.#presence = new PresenceNotifier(host.clock, host.limits, () => host.presenceChanged(this))
  }

  // For the chat.

  /** What the peer said of itself in this session, if it said anything. */
  get theirs(): Hello | undefined {
    return this.#theirs
  }

  /** Why nothing gets through although the peer is there. */
  get hindrance(): Error | undefined {
    return this.#hindrance
  }

  wake(): void {
    this.#outboxSender.wake()
  }

  attend(): void {
    if (++this.#attendants === 1) this.#outboxSender.wake()
  }

  leave(): void {
    if (--this.#attendants === 0) this.#outboxSender.wake()
  }

  sessionBegan(): void {
    if (this.#theirs?.attending === true) this.greeted({ ...this.#theirs, attending: false })
    this.#outboxSender.sessionBegan()
  }

  serve(stream: HoldfastStream): Promise<void> {
    const served = this.#incoming.serve(stream)
    this.#outboxSender.heard()
    return served
  }

  stop(): void {
    this.#outboxSender.stop()
    this.#incoming.stop()
    this.#presence.stop()
  }

  // For the courier.

  get clock(): Clock {
    return this.#host.clock
  }

  get limits(): ChatLimits {
    return this.#host.limits
  }

  get hello(): Hello {
    return { name: this.#host.node.name, attending: this.#attendants > 0 }
  }

  get hasWaiting(): boolean {
    try {
      return this.#host.store.waitingOf(this.peerId) > 0
    } catch (error) {
      // This is asked in the middle of what happens to a peer, where nobody could do anything about it.
      this.hindered(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  get isConnected(): boolean {
    return this.#host.node.isConnected(this.peerId)
  }

  openStream(signal: AbortSignal): Promise<HoldfastStream> {
    return this.#host.node.peer(this.peerId).openStream(chatWire.protocol, { signal })
  }

  waitingAfter(number: number, limit: number): readonly Waiting[] {
    return this.#host.store.waitingAfter(this.peerId, number, limit)
  }

  sent(number: number): void {
    const { counts } = this.#host
    counts.sent++
    // They go in order, so a lower one has been sent before.
    if (number <= this.#sentNumber) counts.repeated++
    else this.#sentNumber = number
  }

  unacknowledged(count: number): void {
    this.#host.counts.failed += count
  }

  acknowledged(ids: readonly string[]): void {
    const messages = this.#host.store.delivered(this.peerId, ids, this.#host.clock.wallNow())
    this.#host.counts.acknowledged += ids.length
    this.#hinder(undefined)
    this.#host.delivered(messages)
  }

  hindered(error: Error): void {
    this.#hinder(error)
  }

  // For what comes in.

  store(messages: readonly IncomingMessage[]): void {
    const news = this.#host.store.received(this.peerId, messages, this.#host.clock.wallNow())
    this.#hinder(undefined)
    this.#host.received(news)
  }

  greeted({ name, attending }: Hello): void {
    const before = this.#theirs
    this.#theirs = { name, attending }
    if (before?.name !== name || before.attending !== attending) this.#presence.changed()
  }

  failed(error: Error): void {
    this.#hinder(error)
  }

  #hinder(error: Error | undefined): void {
    if (this.#hindrance === error) return
    this.#hindrance = error
    this.#presence.changed()
  }
}

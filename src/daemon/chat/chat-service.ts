import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { type Logger, type Node, NodeClosedError, type PeerId } from '../../index.ts'
import { Chat } from '../../services/chat/chat.ts'
import { type DeliveryCounts, noDeliveries } from '../../services/chat/delivery-counts.ts'
import type { ChatMessage } from '../../services/chat/message.ts'
import type { ChatPresence } from '../../services/chat/presence.ts'
import { openChatStore } from '../../services/chat/store.ts'
import { PREVIEW_CHARACTERS_MAX } from '../contract/chat.ts'
import type { EventLog } from '../event-log.ts'
import { chatPeer, type PresenceSource, presenceView } from './chat-views.ts'
import type { Loss } from './presence-text.ts'
import { ClientPresences } from './presences.ts'

export interface ChatServiceOptions {
  readonly node: Node
  /** The node's folder. */
  readonly dir: string
  readonly clock: Clock
  readonly events: EventLog
  readonly logger: Logger | undefined
}

interface Opened {
  readonly chat: Chat
  readonly attendances: ClientPresences
}

/**
 * The chat of a daemon: opens it on the node, tells of it in the log of events, and keeps count of who attends. A database of conversations that
 * cannot be opened keeps nobody from using the node; whoever asks for the chat is told.
 */
export class ChatService implements PresenceSource {
  readonly #options: ChatServiceOptions
  readonly losses = new Map<PeerId, Loss>()
  #opened: Opened | { readonly failure: unknown }

  constructor(options: ChatServiceOptions) {
    this.#options = options
    this.#opened = this.#open()
    options.node.on('peer:connected', ({ id }) => this.losses.delete(id))
    options.node.on('peer:disconnected', ({ id }, reason) =>
      this.losses.set(id, { reason, sinceMs: options.clock.wallNow() }),
    )
    options.node.on('unpaired', ({ id }) => this.losses.delete(id))
  }

  get node(): Node {
    return this.#options.node
  }

  /** Throws the error of its database, if that could not be opened. */
  get chat(): Chat {
    if ('failure' in this.#opened) throw this.#opened.failure
    return this.#opened.chat
  }

  /** Who has conversations open; throws as `chat` does. */
  get attendances(): ClientPresences {
    if ('failure' in this.#opened) throw this.#opened.failure
    return this.#opened.attendances
  }

  /** Messages that wait for peers; 0 where there is no chat. */
  get waiting(): number {
    return 'failure' in this.#opened ? 0 : this.#opened.chat.waiting()
  }

  /** How the delivery of messages goes; all 0 where there is no chat. */
  get delivery(): DeliveryCounts {
    return 'failure' in this.#opened ? noDeliveries() : this.#opened.chat.counts
  }

  /** Before the node is closed, whose peers are then told no more. */
  close(): void {
    if ('failure' in this.#opened) return
    const { chat, attendances } = this.#opened
    this.#opened = { failure: new NodeClosedError() }
    attendances.close()
    chat.close()
    chat.store.close()
  }

  #open(): Opened | { readonly failure: unknown } {
    const { node, dir, clock, events, logger } = this.#options
    try {
      const chat = new Chat({ node, store: openChatStore(dir), clock, randomBytes })
      chat.on('message', (message) => this.#written(message))
      chat.on('delivered', (message) => this.#delivered(message))
      chat.on('presence', (presence) => this.#presence(presence))
      return { chat, attendances: new ClientPresences(chat, clock) }
    } catch (failure) {
      logger?.error({ err: failure }, 'there is no chat, because its database cannot be opened')
      const why = failure instanceof Error ? failure.message : String(failure)
      events.append({ type: 'chat:unavailable', text: `there is no chat: ${why}`, peer: null, data: {} })
      return { failure }
    }
  }

  #written(message: ChatMessage): void {
    const peer = chatPeer(this.#options.node, message.peer)
    const isMine = message.author === 'me'
    const text = isMine ? `a message to ${peer.name} was written` : `${peer.name} wrote a message`
    // Whoever wants all of it asks for it: thousands of events are kept, and a message may be long.
    const preview = message.text.slice(0, PREVIEW_CHARACTERS_MAX).toWellFormed()
    const { number, id, delayed } = message
    const data = { number, id, direction: isMine ? 'sent' : 'received', delayed, preview }
    this.#options.events.append({ type: 'chat:message', text, peer, data })
  }

  #delivered({ peer: peerId, number, id, arrivedAtMs }: ChatMessage): void {
    const peer = chatPeer(this.#options.node, peerId)
    const data = { number, id, deliveredAtMs: arrivedAtMs ?? null }
    this.#options.events.append({ type: 'chat:delivered', text: `${peer.name} has a message`, peer, data })
  }

  #presence({ peer: id }: ChatPresence): void {
    const { node, clock, events } = this.#options
    const { text, presence, nickname } = presenceView(this, id, clock.wallNow())
    events.append({ type: 'chat:presence', text, peer: chatPeer(node, id), data: { presence, nickname } })
  }
}

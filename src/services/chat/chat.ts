import { EventEmitter } from 'node:events'
import { type Clock, systemClock } from '../../clock.ts'
import { type PeerId, parsePeerId } from '../../identity/peer-id.ts'
import type { HoldfastStream, Node, Peer } from '../../node/api.ts'
import { UnknownPeerError } from '../../node/errors.ts'
import { serveOwn } from '../../node/peer/handlers.ts'
import { Conversation, type ConversationHost } from './conversation.ts'
import { type DeliveryCounts, noDeliveries } from './delivery-counts.ts'
import { MessageIdTakenError } from './errors.ts'
import { type ChatLimits, chatResets, chatWire, defaultChatLimits } from './limits.ts'
import { type ChatMessage, checkText } from './message.ts'
import { type ChatPresence, hindranceOf } from './presence.ts'
import type { ChatPage, ChatStore } from './store.ts'

export interface ChatEvents {
  /** A message is stored here: one that came, or one that was written here. */
  message: [message: ChatMessage]
  /** The other side has stored a message that was written here. */
  delivered: [message: ChatMessage]
  /** What is known of the other side of a conversation has changed. */
  presence: [presence: ChatPresence]
}

export interface ChatParts {
  readonly node: Node
  readonly store: ChatStore
  readonly randomBytes: (size: number) => Uint8Array
  /** Default: that of the system. */
  readonly clock?: Clock
  readonly limits?: Partial<ChatLimits>
}

/**
 * Conversations with the peers of a node: what is written is kept until the other side has stored it, and is there once.
 * Serves `holdfast/chat/1` for paired peers and members of the network. Whoever makes it closes it before the node and the store.
 */
export class Chat extends EventEmitter<ChatEvents> implements ConversationHost {
  readonly node: Node
  readonly store: ChatStore
  readonly clock: Clock
  readonly limits: ChatLimits
  readonly counts: DeliveryCounts = noDeliveries()
  readonly #randomBytes: (size: number) => Uint8Array
  readonly #conversations = new Map<PeerId, Conversation>()
  /** Peers whose states are listened to; a pairing that is renewed meets the same one again. */
  readonly #followed = new WeakSet<Peer>()
  /** What is to be undone at the end. */
  readonly #undo: (() => void)[] = []

  constructor({ node, store, randomBytes, clock = systemClock, limits }: ChatParts) {
    super()
    this.node = node
    this.store = store
    this.clock = clock
    this.limits = { ...defaultChatLimits, ...limits }
    this.#randomBytes = randomBytes
    this.#undo.push(serveOwn(node, chatWire.protocol, (stream, peer) => this.#serve(stream, peer)))
    this.#follow()
    for (const peer of node.peers()) this.#met(peer)
  }

  /**
   * Writes a message to a peer; it is kept when this returns, and goes to the peer as soon as that can be reached. Throws `UnknownPeerError`, `InvalidMessageError`,
   * `MessageIdTakenError`, `ChatFullError` or the store's error, and has kept nothing then.
   *
   * @param id 32 lower-case hexadecimal digits, drawn at random by a caller who may not get the answer: the same text sent again with the same id is kept once, and answered as it was kept, while the history
   * holds it. Default: drawn here.
   */
  send(peer: string, text: string, id = this.#newId()): ChatMessage {
    const { id: peerId } = this.#correspondent(peer)
    checkText(text)
    const known = this.store.own(peerId, id)
    if (known !== undefined) {
      if (known.text !== text) throw new MessageIdTakenError(id)
      return known
    }
    const message = this.store.keep(peerId, {
      id,
      text,
      writtenAtMs: Math.min(Math.max(0, Math.floor(this.clock.wallNow())), chatWire.timeMsMax),
      delayed: !this.node.isConnected(peerId),
    })
    this.emit('message', message)
    this.#of(peerId).wake()
    return message
  }

  /** A part of what is kept, oldest message first. Throws the store's error. */
  history(page: ChatPage): ChatMessage[] {
    return this.store.page(page)
  }

  /** The peers that one can chat with. */
  correspondents(): Peer[] {
    return this.node.peers().filter(isCorrespondent)
  }

  /** With whom there are messages, the latest conversation first. Some of them may be no peers any more. */
  conversations(): PeerId[] {
    return this.store.peers()
  }

  /** How many messages wait for a peer, or for all of them. */
  waiting(peer?: string): number {
    if (peer !== undefined) return this.store.waitingOf(parsePeerId(peer))
    return this.node.peers().reduce((sum, { id }) => sum + this.store.waitingOf(id), 0)
  }

  /** What is known of the other side of a conversation. */
  presence(peer: string): ChatPresence {
    const id = parsePeerId(peer)
    return presenceOf(id, this.#conversations.get(id))
  }

  /** A person has the conversation open here, until the function that it answers is called; the other side is told. */
  attend(peer: string): () => void {
    const conversation = this.#of(this.#correspondent(peer).id)
    conversation.attend()
    let left = false
    return () => {
      if (left) return
      left = true
      conversation.leave()
    }
  }

  /** Ends all streams; what was not acknowledged is sent again by the next one who opens the store. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo()
    for (const conversation of this.#conversations.values()) conversation.stop()
  }

  // For the conversations.

  received(messages: readonly ChatMessage[]): void {
    for (const message of messages) this.emit('message', message)
  }

  delivered(messages: readonly ChatMessage[]): void {
    for (const message of messages) this.emit('delivered', message)
  }

  presenceChanged(conversation: Conversation): void {
    this.emit('presence', presenceOf(conversation.peerId, conversation))
  }

  async #serve(stream: HoldfastStream, peer: Peer): Promise<void> {
    if (isCorrespondent(peer)) await this.#of(peer.id).serve(stream)
    else stream.reset(chatResets.notAllowed)
  }

  #follow(): void {
    const met = (peer: Peer): void => this.#met(peer)
    const began = (peer: Peer): void => this.#conversations.get(peer.id)?.sessionBegan()
    const connected = (peer: Peer): void => this.#conversations.get(peer.id)?.wake()
    this.node.on('paired', met).on('session', began).on('peer:connected', connected)
    this.#undo.push(() => this.node.off('paired', met).off('session', began).off('peer:connected', connected))
  }

  /** Goes on with what waits for a peer, now and whenever it can be used again. */
  #met(peer: Peer): void {
    if (!isCorrespondent(peer)) return
    const conversation = this.#of(peer.id)
    if (!this.#followed.has(peer)) this.#followStateOf(peer, conversation)
    conversation.wake()
  }

  #followStateOf(peer: Peer, conversation: Conversation): void {
    const changed = (): void => {
      // It was paused or blocked, and is not any more.
      if (peer.state.kind === 'paired') conversation.wake()
    }
    this.#followed.add(peer)
    peer.on('state', changed)
    this.#undo.push(() => peer.off('state', changed))
  }

  #correspondent(id: string): Peer {
    const peer = this.node.peer(id)
    if (!isCorrespondent(peer)) throw new UnknownPeerError(id)
    return peer
  }

  #newId(): string {
    return Buffer.from(this.#randomBytes(chatWire.idBytes)).toString('hex')
  }

  #of(id: PeerId): Conversation {
    const known = this.#conversations.get(id)
    if (known !== undefined) return known
    const conversation = new Conversation(id, this)
    this.#conversations.set(id, conversation)
    return conversation
  }
}

/** Guests come and go under ever new names; nothing is kept of them. */
function isCorrespondent({ relation }: Peer): boolean {
  return relation === 'paired' || relation === 'member'
}

function presenceOf(peer: PeerId, conversation: Conversation | undefined): ChatPresence {
  const { theirs, hindrance } = conversation ?? {}
  return {
    peer,
    nickname: theirs?.name,
    attending: theirs?.attending ?? false,
    hindrance: hindrance && hindranceOf(hindrance),
  }
}

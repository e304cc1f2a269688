import { ProtocolError } from '../../src/core/errors.ts'
import { FrameDecoder, type FrameHandler } from '../../src/core/frame/decode.ts'
import { encodeAttach, encodeClose, encodeGreeting } from '../../src/core/frame/encode.ts'
import type { Attach, CloseFrame, Frame, Greeting, Instance, RefuseFrame } from '../../src/core/frame/frames.ts'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Channel, ChannelEvents, Transport } from '../../src/transport/transport.ts'
import { forge } from './forge.ts'
import { allocate, instanceOf } from './party.ts'

export interface HostilePeerOptions {
  readonly transport: Transport
  readonly isLower: boolean
  readonly victim: PeerId
  readonly victimAddress: string
}

/** A peer that proves its identity and greets as it should, and then sends whatever a test has it send. */
export class HostilePeer {
  instance: Instance = instanceOf(1, 0xee)
  /** As an honest peer would know them, from the victim's last statement. */
  epoch = 1
  victimInstance: Instance | undefined
  generation = 0
  readonly held: number[] = []
  readonly #options: HostilePeerOptions
  #dials = 0

  constructor(options: HostilePeerOptions) {
    this.#options = options
  }

  /** A connection on which nothing has been said. */
  async open(): Promise<HostileLink> {
    const { transport, victim, victimAddress } = this.#options
    const channel = await transport.dial(victimAddress, { expect: victim, signal: new AbortController().signal })
    return new HostileLink(this, channel)
  }

  /** Dials and greets; what comes of it is seen in the link. */
  async dial(change: { attach?: Partial<Attach>; greeting?: Partial<Greeting> } = {}): Promise<HostileLink> {
    const link = await this.open()
    const attach = this.statement(change.attach)
    link.number = attach.link
    link.send(this.hello(change.greeting), encodeAttach(allocate, attach))
    return link
  }

  hello(change: Partial<Greeting> = {}): Uint8Array {
    const greeting = { minor: 0, features: [], name: 'mallory', instance: this.instance, addresses: [] }
    const none = {
      ticket: undefined,
      observed: undefined,
      network: undefined,
      relation: undefined,
      pairing: undefined,
    }
    return encodeGreeting(allocate, 'hello', { ...greeting, ...none, ...change })
  }

  /** The number of the link that is dialed next. */
  get nextLink(): number {
    return 2 * (this.#dials + 1) + (this.#options.isLower ? 1 : 0)
  }

  /** What an honest peer would say of a new link. */
  statement(change: Partial<Attach> = {}): Attach {
    const link = this.nextLink
    this.#dials++
    this.held.push(link)
    return {
      peerInstance: this.victimInstance,
      epoch: this.epoch,
      link,
      generation: ++this.generation,
      received: 0,
      held: this.held.slice(-16),
      ...change,
    }
  }

  /** A stream id of this peer's own. */
  stream(count: number): number {
    return 2 * count + (this.#options.isLower ? 1 : 0)
  }
}

/** One connection of a hostile peer. It reads what the victim says, and acknowledges or answers only if told to. */
export class HostileLink implements ChannelEvents, FrameHandler {
  readonly channel: Channel
  number = 0
  readonly frames: Frame[] = []
  /** Payload bytes that came, and the frames that they were in. */
  dataBytes = 0
  dataFrames = 0
  isClosed = false
  /** Answers PING, as any link should that wants to live. */
  answersPings = true
  /** Acknowledges all that comes. */
  acknowledges = true
  /** Called for each frame but DATA. */
  onFrame: (frame: Frame) => void = () => undefined
  readonly #peer: HostilePeer
  readonly #decoder = new FrameDecoder(this)
  #received = 0
  readonly #drained: (() => void)[] = []

  constructor(peer: HostilePeer, channel: Channel) {
    this.#peer = peer
    this.channel = channel
    channel.open(this)
  }

  send(...frames: readonly Uint8Array[]): boolean {
    return this.channel.write(frames)
  }

  close(code: CloseFrame['code'] = 'not-wanted', scope: CloseFrame['scope'] = 'link'): void {
    this.send(encodeClose(allocate, { scope, code, text: '' }))
    this.channel.end()
  }

  /** The victim's last word, if it had one. */
  get goodbye(): CloseFrame | undefined {
    return this.frames.find((frame) => frame.type === 'close')
  }

  get refusal(): RefuseFrame | undefined {
    return this.frames.find((frame) => frame.type === 'refuse')
  }

  get isAttached(): boolean {
    return this.frames.some((frame) => frame.type === 'answer')
  }

  /** The rule that the victim says was broken. */
  get rule(): string | undefined {
    const goodbye = this.goodbye
    return goodbye?.code === 'violation' ? goodbye.text.slice(0, goodbye.text.indexOf(':')) : undefined
  }

  received(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
  }

  /** Resolves when the channel takes more again, or is gone. */
  drainedOnce(): Promise<void> {
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  drained(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  closed(): void {
    this.isClosed = true
    this.drained()
  }

  data(sequence: number, _stream: number, _offset: number, payload: Uint8Array, complete: boolean): void {
    this.dataBytes += payload.length
    if (!complete) return
    this.dataFrames++
    this.#arrived(sequence)
  }

  frame(frame: Frame): void {
    this.frames.push(frame)
    this.onFrame(frame)
    if (frame.type === 'ping' && this.answersPings) this.send(forge.pong(frame.token))
    else if (frame.type === 'answer') this.#peer.victimInstance = frame.instance
    else if (frame.type === 'attach') this.#peer.epoch = frame.epoch
    else if ('sequence' in frame) this.#arrived(frame.sequence)
    else if (frame.type === 'hello') throw new ProtocolError('test', 'The victim greets on a link that it did not dial')
  }

  #arrived(sequence: number): void {
    this.#received = Math.max(this.#received, sequence)
    if (this.acknowledges) this.send(forge.ack(this.#received))
  }
}

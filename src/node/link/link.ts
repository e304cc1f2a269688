import type { Clock } from '../../clock.ts'
import { HoldfastError, ProtocolError } from '../../core/errors.ts'
import { FrameDecoder, type FrameHandler } from '../../core/frame/decode.ts'
import type { Attach, CloseFrame, Frame, Greeting, RefuseFrame } from '../../core/frame/frames.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { SessionLink } from '../../core/session/link.ts'
import type { Channel, ChannelEvents } from '../../transport/transport.ts'
import type { SessionDriver } from './session-driver.ts'

/** Who leads the handshake on a link. Every call is made once at the most, and is the last but for `greeted`. */
export interface Handshake {
  readonly expects: 'hello' | 'answer'
  /** HELLO or ANSWER has come, and its ATTACH. Has to attach or close the link before it returns. */
  greeted(link: Link, greeting: Greeting, attach: Attach): void
  refused(link: Link, refuse: RefuseFrame): void
  /** The channel ended or broke the protocol before the link was attached. */
  failed(link: Link, error: Error): void
}

/** The channel ended in the middle of the handshake. */
class HandshakeError extends HoldfastError {
  readonly code = 'handshake-failed'
}

/** One channel, from its first frame to its end: first the handshake, then a link of a session. */
export class Link implements ChannelEvents, FrameHandler {
  readonly channel: Channel
  readonly #clock: Clock
  readonly #decoder = new FrameDecoder(this)
  readonly #gone: () => void
  #handshake: Handshake | undefined
  #greeting: Greeting | undefined
  #driver: SessionDriver | undefined
  #sessionLink: SessionLink | undefined
  #nowMs = 0
  #heardAtMs = 0
  #checkedAtMs: number | undefined
  #attachedAtMs = 0
  #bytesSent = 0
  #bytesReceived = 0
  #closed = false

  /** `gone` is called when the channel is no more. */
  constructor(channel: Channel, clock: Clock, handshake: Handshake, gone: () => void) {
    this.channel = channel
    this.#clock = clock
    this.#handshake = handshake
    this.#gone = gone
  }

  /** Wall clock. */
  get attachedAtMs(): number {
    return this.#attachedAtMs
  }

  /** When its last byte came, by the wall clock: the other one stands still while this process does, and this node may have slept since. */
  get heardAtMs(): number {
    return this.#heardAtMs
  }

  /** When a probe of it was last answered, by the wall clock. */
  get checkedAtMs(): number | undefined {
    return this.#checkedAtMs
  }

  get sessionLink(): SessionLink | undefined {
    return this.#sessionLink
  }

  get bytesSent(): number {
    return this.#bytesSent
  }

  get bytesReceived(): number {
    return this.#bytesReceived
  }

  /** Hands frames to the channel. False: there is no room for more until it has drained. */
  write(...frames: readonly Uint8Array[]): boolean {
    for (const { length } of frames) this.#bytesSent += length
    return this.channel.write(frames)
  }

  start(): void {
    this.channel.open(this)
  }

  /** The handshake succeeded: from here on the link belongs to the session. */
  attached(driver: SessionDriver, sessionLink: SessionLink): void {
    this.#handshake = undefined
    this.#greeting = undefined
    this.#attachedAtMs = this.#clock.wallNow()
    this.#driver = driver
    this.#sessionLink = sessionLink
  }

  /** Takes nothing more from the channel and closes it, at once or after what is queued. */
  close(graceful: boolean): void {
    if (this.#closed) return
    this.#closed = true
    this.#handshake = undefined
    this.#decoder.stop()
    if (graceful) this.channel.end()
    else this.channel.destroy()
  }

  // What the channel tells.

  received(bytes: Uint8Array): void {
    if (this.#closed) return
    this.#bytesReceived += bytes.length
    this.#nowMs = this.#clock.now()
    this.#heardAtMs = this.#clock.wallNow()
    const driver = this.#driver
    if (driver === undefined) this.#receivedInHandshake(bytes)
    else driver.linkReceived(this, bytes, this.#nowMs)
  }

  drained(): void {
    this.#driver?.linkDrained(this)
  }

  closed(error: Error | undefined): void {
    this.#gone()
    if (this.#closed) return
    this.#closed = true
    this.#decoder.stop()
    this.#failHandshake(error ?? new HandshakeError('The connection was closed in the middle of the handshake'))
    this.#driver?.linkClosed(this, error)
  }

  /** For the driver: the bytes that it was told of become calls to `data` and `frame`. */
  decode(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
  }

  #receivedInHandshake(bytes: Uint8Array): void {
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      if (this.#driver === undefined) {
        this.#failHandshake(error)
        this.close(false)
      } else {
        // Attached in the middle of these bytes, and then broken.
        this.#driver.linkBroke(error)
      }
    }
    this.#driver?.linkAttached()
  }

  #failHandshake(error: Error): void {
    const handshake = this.#handshake
    this.#handshake = undefined
    handshake?.failed(this, error)
  }

  // What the decoder tells.

  data(sequence: number, stream: number, offset: number, payload: Uint8Array, complete: boolean): void {
    if (this.#driver === undefined) throw outOfOrder('DATA')
    this.#driver.session.dataReceived(sequence, stream, offset, payload, complete, this.#nowMs)
  }

  frame(frame: Frame): void {
    if (this.#driver === undefined || this.#sessionLink === undefined) this.#handshakeFrame(frame)
    else this.#sessionFrame(frame, this.#driver, this.#sessionLink)
  }

  #handshakeFrame(frame: Frame): void {
    const handshake = this.#handshake
    if (frame.type === 'refuse' && handshake?.expects === 'answer') {
      this.#handshake = undefined
      handshake.refused(this, frame)
    } else if (frame.type === handshake?.expects && this.#greeting === undefined) {
      this.#greeting = frame
    } else if (frame.type === 'attach' && handshake !== undefined && this.#greeting !== undefined) {
      handshake.greeted(this, this.#greeting, frame)
    } else {
      throw outOfOrder(frame.type)
    }
  }

  #sessionFrame(frame: Frame, driver: SessionDriver, sessionLink: SessionLink): void {
    switch (frame.type) {
      case 'hello':
      case 'answer':
      case 'refuse':
        throw outOfOrder(frame.type)
      case 'attach':
        driver.restated(sessionLink, frame)
        break
      case 'ack':
        driver.session.acknowledgementReceived(frame, this.#nowMs)
        break
      case 'ping':
        driver.session.pingReceived(sessionLink, frame, this.#nowMs)
        break
      case 'pong':
        driver.session.pongReceived(sessionLink, frame, this.#nowMs)
        if (sessionLink.health.answeredMs === this.#nowMs) this.#checkedAtMs = this.#heardAtMs
        break
      case 'close':
        driver.closeReceived(this, frame)
        break
      case 'status':
        sessionLink.statusReceived(frame)
        break
      case 'unknownLink':
        break
      default:
        driver.session.reliableReceived(frame, this.#nowMs)
    }
  }
}

function outOfOrder(frame: string): ProtocolError {
  return new ProtocolError('handshake-order', `A frame of type ${frame} has no place there`)
}

/** What a CLOSE of the peer means for whoever asks why the link was lost. */
export function reasonOfClose(frame: CloseFrame): LossReason {
  switch (frame.code) {
    case 'duplicate':
      return 'duplicate'
    case 'shutting-down':
      return 'peer-shut-down'
    case 'violation':
      return 'protocol-error'
    case 'session-lost':
      return 'session-lost'
    case 'not-wanted':
    case 'paused':
    case 'blocked':
    case 'unpaired':
      return frame.code
    case 'identity-in-use':
    case undefined:
      return 'closed-by-peer'
  }
}

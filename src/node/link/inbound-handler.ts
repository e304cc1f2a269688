import { ProtocolError } from '../../core/errors.ts'
import { encodeRefuse } from '../../core/frame/encode.ts'
import type { Attach, Greeting } from '../../core/frame/frames.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Channel, InboundChannel } from '../../transport/transport.ts'
import { allocateHandshake, type NodeContext } from '../context.ts'
import { RefusedError } from '../errors.ts'
import type { RemotePeer } from '../peer/peer.ts'
import type { Handshake, Link } from './link.ts'

const HELLO_TIMEOUT_MS = 10_000

/** Who is let in; the node knows. */
export interface InboundHandlerHost {
  readonly context: NodeContext
  /** Another link would be one too many. Those of strangers, who have not been let in, do not count. */
  isFull(): boolean
  /** The link has been let in: from here on it counts. */
  accept(link: Link): void
  /** One that is known, or that is becoming a peer. */
  peer(id: PeerId): RemotePeer | undefined
  /** Takes whoever comes to pair; undefined if it does not. */
  pairing(link: Link, greeting: Greeting, attach: Attach): { readonly refused: RefusedError | undefined } | undefined
  /** A node that is no peer: the one that it may become, as a member of the network or as a guest, or why it is not let in. */
  admit(channel: Channel, greeting: Greeting): RemotePeer | RefusedError
  /** Its link is attached: it is a peer from here on. */
  adopt(peer: RemotePeer): void
}

/** Takes the channels that come in through the handshake. */
export class InboundHandler {
  readonly #host: InboundHandlerHost

  constructor(host: InboundHandlerHost) {
    this.#host = host
  }

  arrived(arrival: InboundChannel): void {
    const { context } = this.#host
    const handshake: Handshake = {
      expects: 'hello',
      greeted: (link, greeting, attach) => {
        timer.cancel()
        const refused = this.#greeted(link, greeting, attach)
        if (refused === undefined) this.#accept(arrival, link)
        else refuse(link, refused)
      },
      refused: () => undefined,
      failed: (link, error) => {
        timer.cancel()
        if (error instanceof ProtocolError) refuse(link, new RefusedError('malformed', error.message))
        else this.#knocked(link)
      },
    }
    const link = context.link(arrival.channel, handshake)
    const timer = context.clock.after(HELLO_TIMEOUT_MS, () => link.close(false))
    link.start()
  }

  /** It proved who it is and went without a HELLO: a peer that may not dial asks to be dialed. */
  #knocked({ channel }: Link): void {
    const peer = this.#host.peer(channel.remoteId)
    if (peer?.connection.isConnected === false && !this.#host.context.closing) peer.connection.hint('knock')
  }

  /** One that is refused keeps its place among the strangers until its channel has closed. */
  #accept(arrival: InboundChannel, link: Link): void {
    this.#host.accept(link)
    const relation = this.#host.peer(link.channel.remoteId)?.known
    arrival.accepted(relation === 'paired' || relation === 'member')
  }

  #greeted(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    const { context } = this.#host
    const { channel } = link
    if (context.closing) return new RefusedError('shutting-down', 'this node is being closed')
    if (channel.remoteId === context.id)
      return new RefusedError('identity-in-use', 'this is the same identity; each machine needs its own')
    if (this.#host.isFull()) return new RefusedError('full', 'this node has as many connections as it may have')
    const pairing = this.#host.pairing(link, greeting, attach)
    if (pairing !== undefined) return pairing.refused
    const known = this.#host.peer(channel.remoteId)
    if (known !== undefined) {
      const wrong = context.checkAnswer(channel, greeting, known.file.relation)
      return wrong === undefined ? known.arrived(link, greeting, attach) : new RefusedError('not-paired', wrong.message)
    }
    const admitted = this.#host.admit(channel, greeting)
    if (admitted instanceof RefusedError) return admitted
    const refused = admitted.arrived(link, greeting, attach)
    if (refused === undefined) this.#host.adopt(admitted)
    return refused
  }
}

function refuse(link: Link, { refusal, text }: RefusedError): void {
  link.write(encodeRefuse(allocateHandshake, { code: refusal, text }))
  link.close(true)
}

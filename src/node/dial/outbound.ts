import { encodeAttach, encodeClose, encodeGreeting } from '../../core/frame/encode.ts'
import type { Attach, Greeting, RefuseFrame } from '../../core/frame/frames.ts'
import type { Association } from '../../core/session/association.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { WrongPeerError } from '../../transport/tcp/tcp-errors.ts'
import type { Channel } from '../../transport/transport.ts'
import { allocateHandshake, type NodeContext } from '../context.ts'
import {
  IdentityInUseError,
  OwnAddressError,
  PeerBlockedError,
  PeerPausedError,
  RefusedError,
  UnreachableError,
} from '../errors.ts'
import { traceDial } from '../events/diagnostics.ts'
import type { Handshake, Link } from '../link/link.ts'

/** One dial of one address. */
export interface OutboundOptions {
  readonly peer: PeerId
  readonly address: string
  /** The IP address of this machine to dial from. */
  readonly localAddress?: string | undefined
  /** See `DialOptions`. */
  readonly isDoubtful?: boolean | undefined
  /** Called when somebody has taken the connection. */
  readonly connected?: (() => void) | undefined
  /** Where it was dialed already, before it was known who answers there. */
  readonly channel?: Channel | undefined
  readonly association: Association
  /** What HELLO says beside what everybody is told. */
  hello(channel: Channel): Partial<Greeting>
  /** The answer came: attach the link, or say why not. */
  answered(link: Link, greeting: Greeting, attach: Attach, dialed: Attach): Error | undefined
}

/** What some dials have beside their address. */
export interface DialExtras extends Pick<OutboundOptions, 'channel' | 'connected'> {
  /** How HELLO says that the link is for a pairing. */
  readonly pairing?: Pick<Partial<Greeting>, 'ticket' | 'pairing'> | undefined
  /** The link is attached. */
  readonly attached?: (link: Link) => void
}

/** Dials an address and greets; resolves when the link is attached. Rejects with what went wrong, or the signal's reason. */
export function dialAddress(context: NodeContext, options: OutboundOptions, signal: AbortSignal): Promise<void> {
  const report = { node: context.id, peer: options.peer, address: options.address }
  return traceDial(report, () => dialAndGreet(context, options, signal))
}

/** Dials, and remembers the address if this node itself answers there. */
async function dialPeer(
  context: NodeContext,
  { peer, address, localAddress, isDoubtful, connected }: OutboundOptions,
  signal: AbortSignal,
): Promise<Channel> {
  if (context.isOwnAddress(address)) throw new OwnAddressError(address)
  try {
    return await context
      .transportOf(address)
      .dial(address, { expect: peer, localAddress, isDoubtful, connected, signal })
  } catch (error) {
    if (!(error instanceof WrongPeerError) || error.actual !== context.id) throw error
    context.ownAddressFound(address)
    throw new OwnAddressError(address)
  }
}

async function dialAndGreet(context: NodeContext, options: OutboundOptions, signal: AbortSignal): Promise<void> {
  const { association } = options
  const channel = options.channel ?? (await dialPeer(context, options, signal))
  if (signal.aborted) {
    channel.destroy()
    throw signal.reason
  }
  const dialed = association.dialing()
  if (dialed === undefined) {
    channel.destroy()
    throw new UnreachableError('Too many connections to the peer are being made')
  }
  await new Promise<void>((resolve, reject) => {
    const finish = (error: Error | undefined): void => {
      signal.removeEventListener('abort', aborted)
      association.dialEnded(dialed.link)
      if (error === undefined) resolve()
      else reject(error)
    }
    const handshake: Handshake = {
      expects: 'answer',
      greeted(link, greeting, attach) {
        // What comes of an attached link, such as the loss of the one before it, may abort this; the link is the session's by then.
        signal.removeEventListener('abort', aborted)
        const error = options.answered(link, greeting, attach, dialed)
        if (error !== undefined) {
          const farewell = farewellFor(error)
          if (farewell !== undefined) link.write(encodeClose(allocateHandshake, farewell))
          link.close(true)
        }
        finish(error)
      },
      refused(link, refuse: RefuseFrame) {
        link.close(true)
        finish(new RefusedError(refuse.code, refuse.text))
      },
      failed: (_link, error) => finish(error),
    }
    const link = context.link(channel, handshake)
    const aborted = (): void => {
      link.close(false)
      finish(signal.reason as Error)
    }
    signal.addEventListener('abort', aborted)
    link.write(
      encodeGreeting(allocateHandshake, 'hello', context.greeting(options.hello(channel))),
      encodeAttach(allocateHandshake, dialed),
    )
    link.start()
  })
}

/** Tells the other side, which has attached the link already, why it ends, where that is not for the dialer alone. */
function farewellFor(error: Error): Parameters<typeof encodeClose>[1] | undefined {
  if (error instanceof IdentityInUseError) return { scope: 'link', code: 'identity-in-use', text: '' }
  if (error instanceof PeerBlockedError) return { scope: 'session', code: 'blocked', text: '' }
  if (error instanceof PeerPausedError) return { scope: 'link', code: 'paused', text: '' }
  return undefined
}

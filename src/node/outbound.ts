import { encodeAttach, encodeClose, encodeGreeting } from '../core/frame/encode.ts'
import type { Attach, Greeting, RefuseFrame } from '../core/frame/frames.ts'
import type { Association } from '../core/session/association.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Channel, DialOptions } from '../transport/transport.ts'
import { allocateHandshake, type NodeContext } from './context.ts'
import { IdentityInUseError, RefusedError, UnreachableError } from './errors.ts'
import type { Handshake, Link } from './link.ts'

/** What to say to a peer that was dialed. */
export interface OutboundTarget {
  readonly association: Association
  /** The number of the ticket to pair by. */
  readonly ticket?: Uint8Array | undefined
  /** The answer came: attach the link, or say why not. */
  answered(link: Link, greeting: Greeting, attach: Attach, dialed: Attach): Error | undefined
}

/** One dial of one address, where a certain peer has to answer. */
export interface OutboundOptions extends OutboundTarget {
  readonly peer: PeerId
  readonly address: string
  /** The IP address of this machine to dial from. */
  readonly localAddress?: string | undefined
}

/** Dials an address and greets; resolves when the link is attached. Rejects with what went wrong, or the signal's reason. */
export async function dialAddress(context: NodeContext, options: OutboundOptions, signal: AbortSignal): Promise<void> {
  const { peer, address, localAddress } = options
  const channel = await connect(context, address, { expect: peer, localAddress, signal })
  await greet(context, channel, options, signal)
}

/** One dial of an address, where it is not known who will answer. */
export interface OutboundToAnyone {
  readonly address: string
  readonly localAddress?: string | undefined
  /** This one has answered, by its proven id: what to say to it, or why to say nothing. The channel is closed for an error, which the dial rejects with. */
  met(remoteId: PeerId): OutboundTarget | Error
}

/** Dials an address of a cluster, where ids are not known before; resolves with the id when the link is attached, and rejects as `dialAddress`. */
export async function dialAnyone(
  context: NodeContext,
  options: OutboundToAnyone,
  signal: AbortSignal,
): Promise<PeerId> {
  const { address, localAddress } = options
  const channel = await connect(context, address, { localAddress, signal })
  const target = options.met(channel.remoteId)
  if (target instanceof Error) {
    channel.destroy()
    throw target
  }
  await greet(context, channel, target, signal)
  return channel.remoteId
}

async function connect(context: NodeContext, address: string, options: DialOptions): Promise<Channel> {
  const channel = await context.transportOf(address).dial(address, options)
  if (!options.signal.aborted) return channel
  channel.destroy()
  throw options.signal.reason
}

async function greet(
  context: NodeContext,
  channel: Channel,
  target: OutboundTarget,
  signal: AbortSignal,
): Promise<void> {
  const { association, ticket } = target
  const dialed = association.dialing()
  if (dialed === undefined) {
    channel.destroy()
    throw new UnreachableError('Too many connections to the peer are being made')
  }
  await new Promise<void>((resolve, reject) => {
    const finish = (error: Error | undefined): void => {
      signal.removeEventListener('abort', aborted)
      association.dialFailed(dialed.link)
      if (error === undefined) resolve()
      else reject(error)
    }
    const handshake: Handshake = {
      expects: 'answer',
      greeted(link, greeting, attach) {
        const error = target.answered(link, greeting, attach, dialed)
        if (error instanceof IdentityInUseError) {
          link.write(encodeClose(allocateHandshake, { scope: 'link', code: 'identity-in-use', text: '' }))
        }
        if (error !== undefined) link.close(true)
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
      encodeGreeting(allocateHandshake, 'hello', context.greeting({ ticket, observed: undefined })),
      encodeAttach(allocateHandshake, dialed),
    )
    link.start()
  })
}

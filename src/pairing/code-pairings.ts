import { addAbortSignal } from 'node:stream'
import { addressKind } from '../core/dial/address-kind.ts'
import { addressParts } from '../core/dial/address-order.ts'
import { NodeClosedError } from '../core/errors.ts'
import { PAIRING_BY_CODE } from '../core/frame/constants.ts'
import type { Attach, Greeting } from '../core/frame/frames.ts'
import { type CodeChannel, codeExporterLabel } from '../identity/pairing-code.ts'
import { comparePeerIds, type PeerId } from '../identity/peer-id.ts'
import { pairingBytes } from '../identity/proof.ts'
import { DIAL_TIMEOUT_MS } from '../node/dial/dialer.ts'
import { InvalidArgumentError, NodeFullError, RefusedError, UnreachableError } from '../node/errors.ts'
import type { Link } from '../node/link/link.ts'
import { StreamResetError } from '../node/link/stream.ts'
import type { PairingRequest } from '../node/local/nearby-api.ts'
import type { RemotePeer } from '../node/peer/peer.ts'
import { withSignal } from '../node/timing/with-signal.ts'
import type { Channel } from '../transport/transport.ts'
import { answerWithCode, askForCode, CODE_PROTOCOL, type CodeAgreement, type CodeParty } from './code-exchange.ts'
import { CodePairing, type CodePairingHost } from './code-pairing.ts'
import { MessageStream } from './message-stream.ts'
import { PairingError } from './messages.ts'
import type { PairingCandidates } from './pairing-candidates.ts'
import { type PairingGuard, sourceOf } from './pairing-guard.ts'
import { isOutdated, isWorthRetrying, PAIRING_ATTEMPTS_MAX, PAIRING_RETRY_MS } from './pairing-retries.ts'
import type { PairingWindow } from './pairing-window.ts'

/** Pairings by code that are not over; a person can look at one. */
const REQUESTS_MAX = 16
/** From the first link to the code. */
const EXCHANGE_TIMEOUT_MS = 10_000
/** One HELLO entitles to so many streams. */
const CODE_STREAMS = 1
/** Links of one initiator that may be the one that it uses. */
const CHANNELS_MAX = 8
const byCode = { pairing: PAIRING_BY_CODE }

export interface CodePairingsOptions extends CodePairingHost {
  readonly party: CodeParty
  readonly candidates: PairingCandidates
  readonly guard: PairingGuard
  readonly window: PairingWindow
}

/** Where strangers on the local network become peers without a ticket: asks them, answers them, and watches over what people have not decided yet. */
export class CodePairings {
  readonly #options: CodePairingsOptions
  readonly #pairings = new Map<PeerId, CodePairing>()

  constructor(options: CodePairingsOptions) {
    this.#options = options
  }

  requests(): readonly PairingRequest[] {
    return [...this.#pairings.values()].flatMap(({ request, isOver }) =>
      request === undefined || isOver ? [] : request,
    )
  }

  /** The peer with whom a pairing by code runs: until it is stored on both sides, links of it are taken though it is a stranger. */
  peer(id: PeerId): RemotePeer | undefined {
    return this.#pairings.get(id)?.peer
  }

  /** Asks another node; resolves when both sides have the code. */
  async ask(id: PeerId, addresses: readonly string[], signal: AbortSignal | undefined): Promise<PairingRequest> {
    const { context, candidates } = this.#options
    signal?.throwIfAborted()
    if (id === context.id) throw new InvalidArgumentError('A node cannot pair with itself')
    let pairing = this.#pairings.get(id)
    // One that was rejected here is only there for the other side to be told.
    for (; pairing?.isOver === true; pairing = this.#pairings.get(id)) await withSignal(pairing.ended, signal)
    if (context.closing) throw new NodeClosedError()
    if (pairing === undefined) {
      if (addresses.length === 0)
        throw new UnreachableError('The node is not heard on the local network, and no address of it is known')
      if (!candidates.hasRoomToBecomePeer(id))
        throw new NodeFullError('This node has as many peers as its option peersMax allows; unpair one first')
      if (this.#pairings.size >= REQUESTS_MAX || !candidates.hasRoomFor(id))
        throw new NodeFullError(
          `There are ${REQUESTS_MAX} pairings that nobody has decided yet; decide one of them first`,
        )
      pairing = this.#begin(candidates.take(id, addresses), 'outbound', PAIRING_ATTEMPTS_MAX * DIAL_TIMEOUT_MS)
      void this.#asked(pairing, addresses)
    }
    return pairing.asked(signal)
  }

  /** Somebody greets and asks to be paired by code. The link is attached or refused when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    const { context, candidates, window: door } = this.#options
    const { channel } = link
    const id = channel.remoteId
    const known = candidates.registered(id)
    // That it wants to pair does not let it in as what it has to prove first.
    const wrong = known && context.checkAnswer(channel, greeting, known.file.relation)
    if (wrong !== undefined) return new RefusedError('not-paired', wrong.message)
    const running = this.#pairings.get(id)
    if (running?.direction === 'inbound' || running?.request !== undefined)
      return this.#again(running, link, greeting, attach)
    // When both ask at once, the lower side's goes first; the other comes again, or is answered meanwhile.
    if (running !== undefined && comparePeerIds(context.id, id) < 0)
      return new RefusedError('busy', 'this node is asking that very one at the moment')
    const refused = running === undefined ? this.#refusal(channel) : undefined
    // It may not know yet that it is paired.
    if (refused?.refusal === 'pairing-closed' && known !== undefined) return known.arrived(link, greeting, attach)
    if (refused !== undefined) return refused

    const isAnew = known?.connection.isOutdated(greeting.instance)
    const peer = known && isAnew ? candidates.takeAnew(known) : candidates.take(id, greeting.addresses)
    if (peer === undefined) return new RefusedError('busy', 'another pairing with that very one is not over yet')
    const pairing = this.#begin(peer, 'inbound', EXCHANGE_TIMEOUT_MS)
    running?.replacedBy(pairing)
    pairing.source = sourceOf(channel)
    if (running === undefined) pairing.askedByPeer()
    // Where a person here asked for the same, the door has nothing to do with it.
    const takeDoor = (): void => {
      if (running !== undefined || door.take(pairing)) return
      throw new PairingError('Another pairing by code has come first, or the node was closed for it')
    }
    const rejected = this.#again(pairing, link, greeting, attach)
    if (rejected === undefined) {
      void this.#answered(pairing, channel, takeDoor)
      return undefined
    }
    // Whoever asked here for the one that it took the place of, is told.
    pairing.failed(rejected)
    this.#end(pairing)
    return rejected
  }

  /** A pairing in another way begins with the same node. */
  giveWay(id: PeerId): void {
    this.#pairings.get(id)?.abort(new PairingError('A pairing by ticket has begun with the same node'))
  }

  close(): void {
    for (const pairing of this.#pairings.values()) pairing.abort(new NodeClosedError())
  }

  #refusal(channel: Channel): RefusedError | undefined {
    const { candidates, guard, window: door } = this.#options
    const { remoteId } = channel
    if (door.openUntilMs === undefined)
      return new RefusedError('pairing-closed', 'nobody has opened this node for pairing')
    if (!this.#isNear(channel))
      return new RefusedError('pairing-closed', 'only nodes of the local network are paired by code; use a ticket')
    if (!candidates.hasRoomToBecomePeer(remoteId))
      return new RefusedError('full', 'this node has as many peers as it may have')
    if (this.#pairings.size >= REQUESTS_MAX || !candidates.hasRoomFor(remoteId))
      return new RefusedError('busy', 'too many others are pairing at the moment')
    // One stranger must not take all the places for those who have not come as far as a code.
    const source = sourceOf(channel)
    if ([...this.#pairings.values()].some((pairing) => pairing.source === source))
      return new RefusedError('busy', 'another pairing from the same address is not decided yet')
    if (door.isTaken) return new RefusedError('busy', 'another pairing by code is not decided yet')
    return guard.check('code', channel)
  }

  /** Where addresses are no IP addresses, nobody is far away. */
  #isNear({ kind, remoteAddress }: Channel): boolean {
    if (kind === 'relay') return false
    return (
      addressParts(remoteAddress)?.ip === undefined ||
      addressKind(remoteAddress, this.#options.context.networks) !== 'public'
    )
  }

  /** With a peer that was taken for it. */
  #begin(peer: RemotePeer, direction: CodePairing['direction'], timeoutMs: number): CodePairing {
    const pairing = new CodePairing(this.#options, peer, direction, timeoutMs)
    this.#pairings.set(peer.id, pairing)
    return pairing
  }

  #end(pairing: CodePairing): void {
    const { peer } = pairing
    if (this.#pairings.get(peer.id) === pairing) this.#pairings.delete(peer.id)
    peer.streams.pairingEnded(pairing.put)
    pairing.end()
    this.#options.candidates.giveBack(peer)
  }

  /** A link of an initiator that is being answered: one of several, or one in the place of one that was lost. */
  #again(pairing: CodePairing, link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    const { peer, channels } = pairing
    const refused = peer.arrived(link, greeting, attach)
    if (refused !== undefined || pairing.direction === 'outbound') return refused
    channels.push(this.#channel(link.channel, peer.id, this.#options.context.id))
    if (channels.length > CHANNELS_MAX) channels.shift()
    peer.streams.pairingBegins(CODE_PROTOCOL, pairing.put, CODE_STREAMS)
    return undefined
  }

  async #asked(pairing: CodePairing, addresses: readonly string[]): Promise<void> {
    const { peer, signal } = pairing
    const keepLink = (): void => void this.#dial(pairing, addresses).catch((error: Error) => pairing.abort(error))
    try {
      const { agreement, messages, link } = await this.#exchange(pairing, addresses)
      peer.on('disconnected', keepLink)
      if (!peer.connection.isConnected) keepLink()
      await pairing.compare(agreement, messages, link.channel.remoteAddress)
    } catch (error) {
      if (isOutdated(error) && !signal.aborted && this.#askAnew(pairing, addresses)) return
      pairing.failed(this.#options.context.closing ? new NodeClosedError() : signal.aborted ? signal.reason : error)
    } finally {
      peer.off('disconnected', keepLink)
      this.#end(pairing)
    }
  }

  /** Asks again as if nothing were known of the runs of the other node; false if that was done already. */
  #askAnew(pairing: CodePairing, addresses: readonly string[]): boolean {
    const peer = this.#options.candidates.exchange(pairing.peer)
    if (peer === undefined) return false
    const anew = this.#begin(peer, 'outbound', PAIRING_ATTEMPTS_MAX * DIAL_TIMEOUT_MS)
    pairing.replacedBy(anew)
    void this.#asked(anew, addresses)
    return true
  }

  /** Dials, and comes to a code; again after a while if what is in the way may pass. */
  async #exchange(
    pairing: CodePairing,
    addresses: readonly string[],
  ): Promise<{ readonly agreement: CodeAgreement; readonly messages: MessageStream; readonly link: Link }> {
    const { party, context } = this.#options
    const { peer, signal } = pairing
    for (let tries = 1; ; tries++) {
      try {
        const link = await peer.connection.dialOnce(addresses, signal, byCode)
        const messages = new MessageStream(await peer.streams.open(CODE_PROTOCOL, { signal }))
        const channel = this.#channel(link.channel, context.id, peer.id)
        return { agreement: await withSignal(askForCode(messages, party, channel), signal), messages, link }
      } catch (error) {
        if (error instanceof StreamResetError)
          throw new PairingError('The other node is not open for pairing by code, or too old for it', { cause: error })
        if (tries === PAIRING_ATTEMPTS_MAX || signal.aborted || isOutdated(error) || !isWorthRetrying(error))
          throw error
        await withSignal(this.#wait(PAIRING_RETRY_MS * tries), signal)
      }
    }
  }

  /** The link was lost while people compare: the session goes on with another one. */
  async #dial({ peer, signal }: CodePairing, addresses: readonly string[]): Promise<void> {
    for (let tries = 1; !signal.aborted && !peer.connection.isConnected; tries++) {
      try {
        await peer.connection.dialOnce(addresses, signal, byCode)
      } catch (error) {
        if (signal.aborted) return
        if (!isWorthRetrying(error)) throw error
        await withSignal(this.#wait(PAIRING_RETRY_MS), signal).catch(() => undefined)
      }
    }
  }

  async #answered(pairing: CodePairing, channel: Channel, takeDoor: () => void): Promise<void> {
    const { party, guard, window: door, context } = this.#options
    const { signal } = pairing
    try {
      const messages = new MessageStream(addAbortSignal(signal, await pairing.next()))
      const exchange = answerWithCode(messages, party, () => pairing.channels, takeDoor)
      await pairing.compare(await withSignal(exchange, signal), messages, channel.remoteAddress)
      guard.succeeded(channel)
      door.close('paired')
    } catch (error) {
      if (!context.closing) guard.failed('code-not-confirmed', channel)
      door.failed(pairing)
      pairing.failed(context.closing ? new NodeClosedError() : signal.aborted ? signal.reason : error)
    } finally {
      this.#end(pairing)
    }
  }

  #channel(channel: Channel, initiator: PeerId, issuer: PeerId): CodeChannel {
    return { exporter: channel.exportKeyingMaterial(codeExporterLabel, pairingBytes), initiator, issuer }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.context.clock.after(ms, resolve))
  }
}

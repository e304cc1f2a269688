import type { PeerRef } from '../../daemon/contract/common.ts'
import { duration } from '../../node/events/duration.ts'
import { NotDeliveredError } from '../errors.ts'
import { RetryingCalls, within } from '../retrying-calls.ts'
import { note, printJson, shown } from '../terminal/output.ts'
import { Delivery } from './delivery.ts'
import type { ChatCommand } from './run-chat.ts'
import { notDelivered } from './waiting.ts'
import { withFeed } from './with-feed.ts'

/** Writes one message to each peer and waits until all of them have it. */
export async function sendOnce(command: ChatCommand, text: string): Promise<void> {
  const { control, peers, options, signal } = command
  const calls = new RetryingCalls({ control, signal, gone: (why) => note(`holdfast: ${why}`) })
  const delivery = new Delivery(calls)
  const listener = {
    messages: () => undefined,
    delivered: (number: number) => delivery.delivered(number),
    unpaired: (peer: PeerRef) => delivery.unpaired(peer),
  }
  let accepted = 0
  const send = async (until: AbortSignal): Promise<void> => {
    for (const peer of peers) {
      await delivery.say(peer, text, until)
      accepted++
    }
    await delivery.all(until)
  }
  const late = (): Error | Promise<Error> => {
    if (accepted === peers.length) return notDelivered(delivery, control)
    const names = peers.slice(accepted).map(({ name }) => shown(name))
    return new NotDeliveredError(
      `The message to ${names.join(', ')} was not accepted within ${duration(options.timeout ?? 0)}; write it again`,
    )
  }
  await withFeed(command, { calls, lines: 0, listener }, () => within(options.timeout, signal, send, late))
  if (options.json) printJson({ type: 'delivered', to: peers })
  else note(`${peers.map(({ name }) => shown(name)).join(', ')} ${peers.length === 1 ? 'has' : 'have'} it`)
}

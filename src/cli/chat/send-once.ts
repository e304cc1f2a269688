import { note, printJson, shown } from '../output.ts'
import { Delivery } from './delivery.ts'
import type { ChatCommand } from './run-chat.ts'
import { untilDelivered } from './waiting.ts'
import { withFeed } from './with-feed.ts'

/** Writes one message to each peer and waits until all of them have it. */
export async function sendOnce(command: ChatCommand, text: string): Promise<void> {
  const { control, peers, options, signal } = command
  const delivery = new Delivery(control, signal)
  const listener = { messages: () => undefined, delivered: (number: number) => delivery.delivered(number) }
  await withFeed(command, 0, listener, async () => {
    for (const peer of peers) await delivery.say(peer, text)
    await untilDelivered(delivery, control, options.timeout)
  })
  if (options.json) printJson({ type: 'delivered', to: peers })
  else note(`${peers.map(({ name }) => shown(name)).join(', ')} ${peers.length === 1 ? 'has' : 'have'} it`)
}

// A chat without a terminal: lines in, lines out.
import { createInterface } from 'node:readline'
import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'
import { UsageError } from '../errors.ts'
import { aborted } from '../interrupt.ts'
import { note, print, printJson, shown } from '../output.ts'
import { Delivery } from './delivery.ts'
import type { ChatListener } from './feed.ts'
import { messageLines } from './message-lines.ts'
import { PresenceNews } from './presence-news.ts'
import type { ChatCommand } from './run-chat.ts'
import { untilDelivered } from './waiting.ts'
import { withFeed } from './with-feed.ts'

/** Each line of standard input goes to all peers, and what comes from them is printed; until the input has ended and everything is delivered. */
export async function runPipe(command: ChatCommand): Promise<void> {
  const { control, peers, options, signal } = command
  const printer = options.json ? jsonPrinter() : linePrinter()
  const delivery = new Delivery(control, signal)
  const listener: ChatListener = {
    ...printer,
    delivered: (number) => {
      delivery.delivered(number)
      printer.delivered(number)
    },
    gone: () => note('holdfast: The daemon has ended; waiting until it is back'),
  }
  await withFeed(command, options.lines ?? 0, listener, async ({ past, conversations }) => {
    printer.conversations(conversations)
    printer.messages(past)
    await Promise.race([readerGone(), aborted(signal), write()])
  })

  async function write(): Promise<void> {
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
      if (line === '') continue
      if (!command.named)
        throw new UsageError('Name the peers to write to; without names, a chat in a pipe only listens')
      for (const peer of peers) await delivery.say(peer, line)
    }
    await untilDelivered(delivery, control, options.timeout)
  }
}

/** Resolves when nobody reads what is printed any more. */
function readerGone(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve()
    })
  })
}

function jsonPrinter(): Required<Omit<ChatListener, 'gone'>> {
  const news = new PresenceNews()
  return {
    messages: (messages) => {
      for (const message of messages) printJson({ type: 'message', ...message })
    },
    delivered: (number) => printJson({ type: 'delivered', number }),
    conversations: (conversations) => {
      for (const { peer, presence, text, nickname } of news.of(conversations)) {
        printJson({ type: 'presence', peer, presence, text, nickname })
      }
    },
  }
}

/** What others wrote goes to standard output, how it stands with them to standard error. */
function linePrinter(): Required<Omit<ChatListener, 'gone'>> {
  const news = new PresenceNews()
  return {
    messages: (messages: readonly ChatMessageView[]) => {
      for (const message of messages) {
        if (message.direction === 'received')
          print(messageLines(`${shown(message.peer.name)}: `, message.text).join('\n'))
      }
    },
    delivered: () => undefined,
    conversations: (conversations: readonly ChatConversationView[]) => {
      for (const { text } of news.of(conversations)) note(`holdfast: ${shown(text)}`)
    },
  }
}

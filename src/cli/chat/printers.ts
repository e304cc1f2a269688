// How a chat without a terminal prints what happens.
import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'
import { note, outputDrained, print, printJson, shown } from '../terminal/output.ts'
import { messageLines } from './message-lines.ts'
import { PresenceChanges } from './presence-news.ts'

export interface ChatPrinter {
  /** Resolves when there is room for more. */
  messages(messages: readonly ChatMessageView[]): Promise<void>
  delivered(number: number): void
  conversations(conversations: readonly ChatConversationView[]): void
  /** A line of the input cannot be sent, for this reason. */
  refused(line: number, why: string): void
}

/** Each thing that happens is an object on a line of standard output. */
export function jsonPrinter(): ChatPrinter {
  const news = new PresenceChanges()
  return {
    async messages(messages) {
      for (const message of messages) {
        printJson({ type: 'message', ...message })
        await outputDrained()
      }
    },
    delivered: (number) => printJson({ type: 'delivered', number }),
    conversations(conversations) {
      for (const { peer, presence, text, nickname } of news.of(conversations)) {
        printJson({ type: 'presence', peer, presence, text, nickname })
      }
    },
    refused: (line, why) => printJson({ type: 'refused', line, why }),
  }
}

/** What others wrote goes to standard output, how it stands with them to standard error. */
export function linePrinter(): ChatPrinter {
  const news = new PresenceChanges()
  return {
    async messages(messages) {
      for (const { direction, peer, text } of messages) {
        if (direction === 'sent') continue
        print(messageLines(`${shown(peer.name)}: `, text).join('\n'))
        await outputDrained()
      }
    },
    delivered: () => undefined,
    conversations(conversations) {
      for (const { text } of news.of(conversations)) note(`holdfast: ${shown(text)}`)
    },
    refused: (line, why) => note(`holdfast: Line ${line} is refused: ${why}; the rest goes on`),
  }
}

import type { PeerRef } from '../../daemon/contract/common.ts'
import { choosePeer } from '../terminal/choose-peer.ts'

/** What a person typed. */
export type ChatInput =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly to: PeerRef; readonly text: string }
  | { readonly kind: 'to'; readonly peer: PeerRef }
  | { readonly kind: 'history'; readonly lines: number }
  | { readonly kind: 'help' | 'who' | 'quit' }
  /** It cannot be done; `text` says what can. */
  | { readonly kind: 'wrong'; readonly text: string }

export const chatHelp: readonly (readonly [input: string, what: string])[] = [
  ['text', 'is sent to the one whose name stands before the cursor'],
  ['bob: text', 'is sent to bob, where you chat with several'],
  ['/to bob', 'what follows is for bob'],
  ['/who', 'how it stands with everybody'],
  ['/history 50', 'what was written before'],
  ['//text', 'sends a text that begins with /'],
  ['/quit', 'leaves, as Ctrl-D does; what waits is kept'],
]

const historyLines = 20
const historyLinesMax = 1_000

/** Reads a line. `to`: for whom it is if it does not say so. */
export function parseChatInput(line: string, peers: readonly PeerRef[], to: PeerRef | undefined): ChatInput {
  if (line.trim() === '') return { kind: 'nothing' }
  if (line.startsWith('/') && !line.startsWith('//')) return parseCommand(line.slice(1).trim(), peers)
  const addressed = peers.length > 1 ? addressedOf(line, peers) : undefined
  if (addressed !== undefined) return addressed
  const text = line.startsWith('//') ? line.slice(1) : line
  if (to !== undefined) return { kind: 'say', to, text }
  return { kind: 'wrong', text: 'To whom? Write "name: text", or /to and a name first' }
}

/** `bob: text`, where bob is one of those who take part; other colons are the text's own. */
function addressedOf(line: string, peers: readonly PeerRef[]): ChatInput | undefined {
  const lower = line.toLowerCase()
  const peer = peers.find(({ name }) => lower.startsWith(`${name.toLowerCase()}: `))
  const text = peer && line.slice(peer.name.length + 2).trim()
  return peer === undefined || text === undefined || text === '' ? undefined : { kind: 'say', to: peer, text }
}

function parseCommand(command: string, peers: readonly PeerRef[]): ChatInput {
  const [name = '', ...rest] = command.split(/\s+/)
  const argument = rest.join(' ')
  switch (name) {
    case 'help':
    case 'who':
    case 'quit':
      return { kind: name }
    case 'to':
      return parseTo(argument, peers)
    case 'history': {
      const lines = argument === '' ? historyLines : Number(argument)
      if (Number.isInteger(lines) && lines > 0 && lines <= historyLinesMax) return { kind: 'history', lines }
      return { kind: 'wrong', text: `/history takes a number from 1 to ${historyLinesMax}` }
    }
    default:
      return { kind: 'wrong', text: `There is no /${name}; /help tells what there is` }
  }
}

function parseTo(name: string, peers: readonly PeerRef[]): ChatInput {
  if (name === '') return { kind: 'wrong', text: `/to takes a name: ${peers.map((peer) => peer.name).join(', ')}` }
  try {
    return { kind: 'to', peer: choosePeer(name, peers) }
  } catch (error) {
    return { kind: 'wrong', text: (error as Error).message }
  }
}

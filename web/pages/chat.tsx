import { useEffect, useRef, useState } from 'preact/hooks'
import type { ChatMessageList, ChatMessageView } from '../../src/daemon/contract/chat.ts'
import { Draft } from '../model/draft.ts'
import { useDashboard, useResource } from '../parts/context.ts'
import { Moment } from '../parts/moment.tsx'
import { peerAddress } from '../router.ts'

const SHOWN_MAX = 200
const TEXT_CHARACTERS_MAX = 16_384

/** The conversation with one peer: what is written while it is away goes when it is back. */
export function ChatPage({ id }: { id: string }) {
  const { peers } = useDashboard()
  const name = peers.value?.find((peer) => peer.id === id)?.name
  const { value, problem } = useResource<ChatMessageList>(
    `chat/messages?peer=${id}&limit=${SHOWN_MAX}`,
    ({ type, peer }) => type.startsWith('chat:') && peer?.id === id,
  )
  return (
    <>
      <p class="crumb">
        <a href="#/">Peers</a> / <a href={peerAddress(id)}>{name === undefined ? 'unknown' : <bdi>{name}</bdi>}</a>
      </p>
      <div class="title-row">
        <h1>Chat</h1>
      </div>
      {problem.value !== undefined && <p class="card empty">{problem.value.message}</p>}
      {value.value !== undefined && <Conversation messages={value.value.messages} />}
      {name !== undefined && <Compose key={id} id={id} />}
    </>
  )
}

function Conversation({ messages }: { messages: readonly ChatMessageView[] }) {
  const end = useRef<HTMLLIElement>(null)
  const newest = messages.at(-1)?.number
  useEffect(() => end.current?.scrollIntoView({ block: 'nearest' }), [newest])
  if (messages.length === 0) return <p class="card empty">Nothing was written yet.</p>
  return (
    <ol class="card padded conversation" aria-label="Messages" aria-live="polite">
      {messages.map((message) => (
        <Message key={message.number} message={message} />
      ))}
      <li ref={end} aria-hidden="true" />
    </ol>
  )
}

function Message({ message }: { message: ChatMessageView }) {
  const { direction, peer, text, atMs, delayed } = message
  return (
    <li class={`message ${direction}`}>
      <p class="message-text" dir="auto">
        {text}
      </p>
      <p class="soft">
        {direction === 'sent' ? 'You' : <bdi>{peer.name}</bdi>}, <Moment atMs={atMs} />
        {delayed && ', while not connected'}
        {direction === 'sent' && <Tick message={message} />}
      </p>
    </li>
  )
}

/** Whether the other side has it. */
function Tick({ message: { deliveredAtMs } }: { message: ChatMessageView }) {
  return <>{deliveredAtMs === null ? ', waiting' : ' ✓ delivered'}</>
}

function Compose({ id }: { id: string }) {
  const dashboard = useDashboard()
  const [text, setText] = useState('')
  const draft = useRef(new Draft())
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const outgoing = draft.current.outgoing(text)
    const sent = await dashboard.act((client) => client.post('chat/messages', { peer: id, ...outgoing }))
    if (sent === undefined) return
    draft.current.kept(outgoing)
    // Somebody may have written on meanwhile.
    setText((current) => (current === text ? '' : current))
  }
  return (
    <form class="compose" onSubmit={(event) => void submit(event)}>
      <label class="unseen" htmlFor="message">
        Message
      </label>
      <div class="field-row">
        <input
          id="message"
          type="text"
          dir="auto"
          autocomplete="off"
          placeholder="Message"
          maxLength={TEXT_CHARACTERS_MAX}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button main" disabled={text.trim() === '' || !dashboard.isLive.value}>
          Send
        </button>
      </div>
    </form>
  )
}

import { useState } from 'preact/hooks'
import type { PeerView, PingResult } from '../../../src/daemon/contract/peer.ts'
import { milliseconds } from '../../../src/format/figures.ts'
import type { Client } from '../../daemon/client.ts'
import { Action } from '../../parts/action.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useDashboard } from '../../parts/context.ts'
import { chatAddress, goTo } from '../../router.ts'
import { RenameDialog } from './rename-dialog.tsx'

type Question = 'rename' | 'block' | 'unpair'

/** What a person can do about a peer. What cannot be undone by one more press is asked about first. */
export function PeerActions({ peer }: { peer: PeerView }) {
  const [question, setQuestion] = useState<Question | undefined>(undefined)
  return (
    <div class="actions">
      <StateActions peer={peer} />
      <a class="button" href={chatAddress(peer.id)}>
        Chat
      </a>
      <Ask onAsk={() => setQuestion('rename')}>Rename …</Ask>
      {peer.state.kind !== 'blocked' && <Ask onAsk={() => setQuestion('block')}>Block …</Ask>}
      <Ask onAsk={() => setQuestion('unpair')}>Unpair …</Ask>
      {question !== undefined && <Asked question={question} peer={peer} onClose={() => setQuestion(undefined)} />}
    </div>
  )
}

/** What makes sense in the state that the peer is in. */
function StateActions({ peer }: { peer: PeerView }) {
  const { notices } = useDashboard()
  const tell = (what: string) => (client: Client) => client.post(`peers/${peer.id}/${what}`)
  const measured = ({ roundTripMs }: PingResult): void => {
    notices.add('news', `${peer.name} answered after ${milliseconds(roundTripMs)}, through the session.`)
  }
  switch (peer.state.kind) {
    case 'paused':
      return (
        <Action kind="main" deed={tell('resume')}>
          Resume
        </Action>
      )
    case 'blocked':
      return (
        <Action kind="main" deed={tell('unblock')}>
          {peer.state.code === 'blocked-here' ? 'Unblock' : 'Try again'}
        </Action>
      )
    case 'connected':
    case 'degraded':
      return (
        <>
          <Action deed={(client) => client.post<PingResult>(`peers/${peer.id}/ping`)} onDone={measured}>
            Ping
          </Action>
          <Action deed={tell('pause')}>Pause</Action>
        </>
      )
    case 'paired':
    case 'connecting':
    case 'disconnected':
      return (
        <>
          <Action deed={tell('reconnect')}>Reconnect now</Action>
          <Action deed={tell('pause')}>Pause</Action>
        </>
      )
  }
}

function Ask({ onAsk, children }: { onAsk: () => void; children: string }) {
  const { isLive } = useDashboard()
  return (
    <button type="button" class="button" disabled={!isLive.value} onClick={onAsk}>
      {children}
    </button>
  )
}

function Asked({ question, peer, onClose }: { question: Question; peer: PeerView; onClose: () => void }) {
  const name = <bdi>{peer.name}</bdi>
  switch (question) {
    case 'rename':
      return <RenameDialog peer={peer} onClose={onClose} />
    case 'block':
      return (
        <ConfirmDialog
          title={<>Block {name}?</>}
          verb="Block"
          deed={(client) => client.post(`peers/${peer.id}/block`)}
          onDone={onClose}
          onClose={onClose}
        >
          Its session ends at once. It is refused and not dialed any more, until somebody unblocks it here.
        </ConfirmDialog>
      )
    case 'unpair':
      return (
        <ConfirmDialog
          title={<>Unpair {name}?</>}
          verb="Unpair"
          deed={(client) => client.delete(`peers/${peer.id}`)}
          onDone={() => goTo('#/')}
          onClose={onClose}
        >
          The pairing ends for good. The other side is told, if it can be reached, and refused from now on. To connect
          the two again, they have to be paired again.
        </ConfirmDialog>
      )
  }
}

import { useState } from 'preact/hooks'
import type { EventView } from '../../src/daemon/contract/event.ts'
import { withoutEchoes } from '../model/echoes.ts'
import { Action } from '../parts/action.tsx'
import { useDashboard } from '../parts/context.ts'
import { Moment } from '../parts/moment.tsx'

/** The log: what happened to this node and its peers, newest first. */
export function EventsPage() {
  const dashboard = useDashboard()
  const { journal } = dashboard
  const [peer, setPeer] = useState('')
  const [isComplete, setComplete] = useState(false)
  const ofPeer = journal.events.value.filter((event) => peer === '' || event.peer?.id === peer)
  const events = isComplete ? ofPeer : withoutEchoes(ofPeer)
  return (
    <>
      <div class="title-row">
        <h1>Events</h1>
        <div class="filters">
          <label class="filter">
            <input
              type="checkbox"
              checked={isComplete}
              onChange={(event) => setComplete(event.currentTarget.checked)}
            />
            <span>Every step</span>
          </label>
          <label class="filter">
            <span>Of</span>
            <select value={peer} onChange={(event) => setPeer(event.currentTarget.value)}>
              <option value="">everybody</option>
              {(dashboard.peers.value ?? []).map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <div class="card">
        {events.length === 0 ? <p class="empty">Nothing has happened yet.</p> : <EventRows events={events} />}
        {journal.before !== null && (
          <p class="more">
            <Action deed={() => dashboard.older()}>Show earlier ones</Action>
          </p>
        )}
      </div>
    </>
  )
}

function EventRows({ events }: { events: readonly EventView[] }) {
  return (
    <ol class="events">
      {events.map(({ id, type, atMs, text }) => (
        <li key={id} class={`event ${kindOf(type)}`}>
          <Moment atMs={atMs} />
          <span class="event-text">{text}</span>
        </li>
      ))}
    </ol>
  )
}

/** What deserves the eye: bad news, good news, and all else. */
function kindOf(type: string): 'bad' | 'good' | 'other' {
  if (type === 'peer:disconnected' || type === 'link:lost' || type === 'dial:failed' || type === 'events:missed')
    return 'bad'
  return type === 'peer:connected' || type === 'link:up' || type === 'peer:paired' ? 'good' : 'other'
}

import type { AgentEvent } from './agent/messages.ts'
import type { Lab } from './lab/lab.ts'

/** So many events are shown at each end. */
const SHOWN = 60
/** A shorter silence is left out. */
const GAP_SHOWN_MS = 500

/** What all agents of a lab saw, in the order of time, for whoever has to find out why a scenario failed. */
export function timelineOf(lab: Lab): string {
  const events = lab.hosts
    .flatMap(({ name, agents }) => agents.flatMap((agent) => agent.events.map((event) => ({ name, event }))))
    .filter(({ event }) => event.type !== 'gap' || event.atMs - event.fromMs >= GAP_SHOWN_MS)
    .sort((a, b) => a.event.atMs - b.event.atMs)
  const startMs = events[0]?.event.atMs ?? 0
  const lines = events.map(({ name, event }) => {
    const seconds = ((event.atMs - startMs) / 1_000).toFixed(3).padStart(9)
    return `${seconds} s  ${name.padEnd(6)} ${event.peer.padEnd(6)} ${describe(event)}`
  })
  if (lines.length > 2 * SHOWN) lines.splice(SHOWN, lines.length - 2 * SHOWN, '      …')
  return lines.join('\n')
}

function describe(event: AgentEvent): string {
  switch (event.type) {
    case 'state':
      return `state ${JSON.stringify(event.state)}`
    case 'link:up':
      return `link up ${event.link.direction} ${event.link.address}`
    case 'link:lost':
      return `link lost ${event.link.direction} ${event.link.address}: ${event.reason}`
    case 'session':
      return 'session'
    case 'dial:failed':
      return `dial failed with ${event.code}: ${event.message}`
    case 'gap':
      return `${event.stream}: no byte for ${((event.atMs - event.fromMs) / 1_000).toFixed(2)} s`
    case 'failed':
      return `${event.stream}: failed with ${event.code}`
  }
}

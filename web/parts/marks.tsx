// The signs of the page. Each says by its shape what its colour says, and has words beside it or in it.
import type { PeerStateView, PeerView } from '../../src/daemon/contract/peer.ts'

type StateKind = PeerStateView['kind']

const words: Record<StateKind, string> = {
  paired: 'At rest',
  connecting: 'Connecting',
  connected: 'Connected',
  degraded: 'In trouble',
  disconnected: 'Disconnected',
  paused: 'Paused',
  blocked: 'Blocked',
}

/** The state of a peer as a shape; the words are for those who do not see it. */
export function StateMark({ kind }: { kind: StateKind }) {
  return (
    <svg class={`mark mark-${kind}`} viewBox="0 0 20 20" role="img" aria-label={words[kind]}>
      <Shape kind={kind} />
    </svg>
  )
}

function Shape({ kind }: { kind: StateKind }) {
  switch (kind) {
    case 'connected':
      return <circle class="solid" cx="10" cy="10" r="6" />
    case 'degraded':
      return (
        <>
          <path class="solid" d="M10 2.5 18.5 17.5h-17z" />
          <path class="cut" d="M10 7.5v4.5M10 14.6v.4" />
        </>
      )
    case 'connecting':
      return <circle class="line turning" cx="10" cy="10" r="6.5" stroke-dasharray="27 14" />
    case 'disconnected':
      return (
        <>
          <circle class="line" cx="10" cy="10" r="7" />
          <path class="line" d="m7.5 7.5 5 5m0-5-5 5" />
        </>
      )
    case 'paused':
      return <path class="solid" d="M5 4h3.5v12H5zM11.5 4H15v12h-3.5z" />
    case 'blocked':
      return (
        <>
          <circle class="line" cx="10" cy="10" r="7" />
          <path class="line" d="m5 15 10-10" />
        </>
      )
    case 'paired':
      return <circle class="line" cx="10" cy="10" r="6" />
  }
}

type Band = NonNullable<PeerView['health']['band']>

const filled: Record<Band, number> = { excellent: 5, good: 4, fair: 3, poor: 2, critical: 1 }
const bars = [1, 2, 3, 4, 5]

/** The band of a health score as up to five bars. The word for it stands beside. */
export function HealthBars({ band }: { band: Band | null }) {
  const count = band === null ? 0 : filled[band]
  return (
    <svg class={`bars bars-${band ?? 'none'}`} viewBox="0 0 28 18" aria-hidden="true">
      {bars.map((bar) => (
        <rect
          key={bar}
          class={bar <= count ? 'on' : 'off'}
          x={(bar - 1) * 5.5 + 1}
          y={15 - bar * 2.6}
          width="3.5"
          height={bar * 2.6 + 2}
          rx="1"
        />
      ))}
    </svg>
  )
}

/** The score with its band: bars, number and word. */
export function Health({ health }: { health: Pick<PeerView['health'], 'score' | 'band'> }) {
  const { score, band } = health
  return (
    <span class="health">
      <HealthBars band={band} />
      {score === null ? (
        <span class="health-word">not measured</span>
      ) : (
        <>
          <strong class="health-score">{Math.round(score)}</strong> <span class="health-word">{band}</span>
        </>
      )}
    </span>
  )
}

/** Two links that hold each other: the sign of Holdfast. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M13.5 21.5H11a5.5 5.5 0 0 1 0-11h4.5a5.5 5.5 0 0 1 5.2 7.3" />
      <path class="other" d="M18.5 10.5H21a5.5 5.5 0 0 1 0 11h-4.5a5.5 5.5 0 0 1-5.2-7.3" />
    </svg>
  )
}

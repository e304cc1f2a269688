import { expect, it } from 'vitest'
import type { PeerState } from '../../index.ts'
import { presenceText } from './presence-text.ts'

const nowMs = 1_000_000
const since = nowMs - 12_000
const lostText = 'bob is away: lost 12 s ago, no answer to probes; what you write is kept'

it.each<[PeerState, { attending?: boolean; hindrance?: string; lost?: boolean }, string]>([
  [{ kind: 'connected', since }, { attending: true }, 'bob is here'],
  [{ kind: 'connected', since }, {}, 'bob is connected, but nobody has the chat open there'],
  [{ kind: 'degraded', since, cause: 'no-answer' }, { attending: true }, 'bob does not answer; what you write is kept'],
  [{ kind: 'degraded', since, cause: 'poor-health' }, { attending: true }, 'bob is here'],
  [
    { kind: 'disconnected', since, reason: 'no-answer', attempts: 2, nextAttempt: undefined },
    { attending: true, lost: true },
    lostText,
  ],
  [{ kind: 'connecting', since: nowMs, attempt: 3 }, { lost: true }, lostText],
  [{ kind: 'paired' }, {}, 'bob is away: not reached yet; what you write is kept'],
  [{ kind: 'paused', since }, {}, 'bob is paused; what you write is kept until you resume it'],
  [
    { kind: 'connected', since },
    { hindrance: 'does not chat now; start `holdfast up` there' },
    'bob does not chat now; start `holdfast up` there; what you write is kept',
  ],
])('says how it stands: %o %o', (state, { attending = false, hindrance, lost = false }, text) => {
  const loss = lost ? ({ sinceMs: since, reason: 'no-answer' } as const) : undefined
  expect(presenceText({ name: 'bob', state }, { attending, hindrance }, loss, nowMs)).toBe(text)
})

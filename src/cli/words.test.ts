import { expect, test } from 'vitest'
import type { PeerStateView } from '../daemon/contract/peer.ts'
import { stateInWords } from './words.ts'

const nowMs = 1_800_000_000_000
const sinceMs = nowMs - 12_000
const text = ''

test.each<[PeerStateView, string]>([
  [{ kind: 'paired', text }, 'not dialed at the moment'],
  [{ kind: 'connecting', text, sinceMs, attempt: 1 }, 'being dialed'],
  [{ kind: 'connecting', text, sinceMs, attempt: 3 }, 'being dialed, attempt 3; last seen 20 s ago'],
  [{ kind: 'connected', text, sinceMs }, 'connected for 12 s'],
  [
    { kind: 'degraded', text, sinceMs, cause: 'no-answer' },
    'in doubt for 12 s: it does not answer; it is probed, and another way sought',
  ],
  [{ kind: 'degraded', text, sinceMs, cause: 'poor-health' }, 'poor for 12 s: a better way is sought'],
  [
    { kind: 'disconnected', text, sinceMs, reason: 'no-answer', attempts: 0, nextAttemptMs: nowMs + 4_000 },
    'lost 12 s ago: no answer to probes; next try in 4 s',
  ],
  [
    { kind: 'disconnected', text, sinceMs, reason: 'unreachable', attempts: 14, nextAttemptMs: nowMs - 5 },
    'not reached for 12 s; next try at once (14 failed)',
  ],
  [
    { kind: 'disconnected', text, sinceMs, reason: 'eaten\u001b[31m', attempts: 1, nextAttemptMs: null },
    'lost 12 s ago: eaten?[31m; it is waited for',
  ],
  [{ kind: 'paused', text, sinceMs: nowMs + 1_000 }, 'paused 0 s ago, on this node'],
  [{ kind: 'blocked', text, sinceMs, code: 'blocked-here', message: '' }, 'blocked on this node'],
  [{ kind: 'blocked', text, sinceMs, code: 'not-paired', message: 'who?' }, 'refuses this node: who?'],
])('%j', (state, words) => {
  expect(stateInWords({ state, lastSeenMs: nowMs - 20_000 }, nowMs)).toBe(words)
})

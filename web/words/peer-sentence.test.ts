import { expect, test } from 'vitest'
import type { PeerStateView, PeerView } from '../../src/daemon/contract/peer.ts'
import { peerSentence } from './peer-sentence.ts'

const nowMs = 10_000_000
const link = { active: true, kind: 'direct', address: 'tcp://192.168.1.7:4100' } as PeerView['links'][number]

function peer(state: PeerStateView, more: Partial<PeerView> = {}): PeerView {
  const settings = { hold: 'always', idleTimeoutMs: null, keepAlive: null, protocols: 'all' } as const
  const health = { roundTripMs: 0.42 } as PeerView['health']
  return { id: 'hf1bob', name: 'bob', state, settings, health, links: [link], ...more } as PeerView
}

test.each<[sentence: string, state: PeerStateView]>([
  [
    'connected for 3 h over the local network, 0.4 ms',
    { kind: 'connected', text: '', sinceMs: nowMs - 10_800_000 + 1 },
  ],
  ['no answer for 4 s: it is being probed', { kind: 'degraded', text: '', sinceMs: nowMs - 4_000, cause: 'no-answer' }],
  ['being dialed, try 3', { kind: 'connecting', text: '', sinceMs: nowMs, attempt: 3 }],
  [
    'lost 12 s ago: no answer to probes; next try in 4 s',
    {
      kind: 'disconnected',
      text: '',
      sinceMs: nowMs - 12_000,
      reason: 'no-answer',
      attempts: 0,
      nextAttemptMs: nowMs + 4_000,
    },
  ],
  [
    'not reached yet; 2 tries failed; trying now',
    { kind: 'disconnected', text: '', sinceMs: nowMs, reason: 'unreachable', attempts: 2, nextAttemptMs: nowMs - 1 },
  ],
  [
    'lost 1 s ago: eaten-by-a-shark; no try is planned',
    {
      kind: 'disconnected',
      text: '',
      sinceMs: nowMs - 1_000,
      reason: 'eaten-by-a-shark',
      attempts: 0,
      nextAttemptMs: null,
    },
  ],
  ['paused 5 min ago', { kind: 'paused', text: '', sinceMs: nowMs - 300_000 }],
  ['refused: who are you', { kind: 'blocked', text: '', sinceMs: nowMs, code: 'not-paired', message: 'who are you' }],
])('%s', (sentence, state) => {
  expect(peerSentence(peer(state), nowMs)).toBe(sentence)
})

test('a connection without a probe so far has no round trip', () => {
  const health = { roundTripMs: null } as PeerView['health']
  const state: PeerStateView = { kind: 'connected', text: '', sinceMs: nowMs }
  expect(peerSentence(peer(state, { health, links: [] }), nowMs)).toBe('connected for 0 s')
})

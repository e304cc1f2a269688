import { expect, test } from 'vitest'
import type { PeerStateView, PeerView } from '../daemon/contract/peer.ts'
import { peerSentence } from './peer-sentence.ts'

const nowMs = 1_800_000_000_000
const sinceMs = nowMs - 12_000
const text = ''
const link = {
  active: true,
  kind: 'direct',
  address: 'tcp://192.168.1.7:4100',
  localAddress: 'tcp://192.168.1.2:50000',
} as PeerView['links'][number]

function peer(state: PeerStateView, more: Partial<PeerView> = {}): PeerView {
  const settings = { connectPolicy: 'always', idleTimeoutMs: null, keepAlive: null, protocols: 'all' } as const
  const health = { roundTripMs: 0.42 } as PeerView['health']
  const lastSeenMs = nowMs - 20_000
  return { id: 'hf1bob', name: 'bob', state, settings, health, lastSeenMs, links: [link], ...more } as PeerView
}

const lost = { kind: 'disconnected', text, sinceMs, reason: 'no-answer', attempts: 0, nextAttemptMs: null } as const

test.each<[sentence: string, state: PeerStateView]>([
  ['not dialed at the moment', { kind: 'paired', text }],
  ['being dialed', { kind: 'connecting', text, sinceMs, attempt: 1 }],
  ['being dialed, try 3; last seen 20 s ago', { kind: 'connecting', text, sinceMs, attempt: 3 }],
  ['connected for 12 s over the local network, 0.4 ms', { kind: 'connected', text, sinceMs }],
  [
    'no answer for 12 s: it is probed, and another way is sought',
    { kind: 'degraded', text, sinceMs, cause: 'no-answer' },
  ],
  [
    'poorly connected for 12 s over the local network, 0.4 ms; a better way is sought',
    { kind: 'degraded', text, sinceMs, cause: 'poor-health' },
  ],
  ['lost 12 s ago: no answer to probes; next try in 4 s', { ...lost, nextAttemptMs: nowMs + 4_000 }],
  [
    'not reached for 12 s; trying now (14 failed)',
    { ...lost, reason: 'unreachable', attempts: 14, nextAttemptMs: nowMs - 5 },
  ],
  ['lost 12 s ago: eaten-by-a-shark; waiting until it comes', { ...lost, reason: 'eaten-by-a-shark' }],
  ['paused here 12 s ago', { kind: 'paused', text, sinceMs }],
  ['paused here 0 s ago', { kind: 'paused', text, sinceMs: nowMs + 1_000 }],
  ['blocked here 12 s ago', { kind: 'blocked', text, sinceMs, code: 'blocked-here', message: '' }],
  ['refuses this node: who are you', { kind: 'blocked', text, sinceMs, code: 'not-paired', message: 'who are you' }],
])('%s', (sentence, state) => {
  expect(peerSentence(peer(state), nowMs)).toBe(sentence)
})

test('a connection without a link or a probe so far has no way and no round trip', () => {
  const health = { roundTripMs: null } as PeerView['health']
  expect(peerSentence(peer({ kind: 'connected', text, sinceMs }, { health, links: [] }), nowMs)).toBe(
    'connected for 12 s',
  )
})

test('a peer that was never seen has not been seen some time ago', () => {
  const state: PeerStateView = { kind: 'connecting', text, sinceMs, attempt: 2 }
  expect(peerSentence(peer(state, { lastSeenMs: null }), nowMs)).toBe('being dialed, try 2')
})

test('one that is held on demand is not waited for', () => {
  const settings = { ...peer(lost).settings, connectPolicy: 'on-demand' } as const
  expect(peerSentence(peer({ kind: 'paired', text }, { settings }), nowMs)).toBe('dialed when something needs it')
  expect(peerSentence(peer(lost, { settings }), nowMs)).toBe(
    'lost 12 s ago: no answer to probes; dialed when something needs it',
  )
})

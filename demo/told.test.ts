import { describe, expect, it } from 'vitest'
import { peerIdFromPublicKey } from '../src/identity/peer-id.ts'
import { type EventPeer, type LinkInfo, type NodeEvent, parsePeerId } from '../src/index.ts'
import { eventNote } from './told.ts'

const peer: EventPeer = { id: parsePeerId(peerIdFromPublicKey(new Uint8Array(32))), name: 'receiver' }
const link = { address: 'tcp://127.0.0.1:1', direction: 'outbound' } as LinkInfo
const common = { peer, link, sequence: 1, atMs: 1_000 }

describe('eventNote', () => {
  it('names the reason of a loss, at either end', () => {
    const lost: NodeEvent = { ...common, type: 'link:lost', reason: 'no-answer', heldMs: 10, remaining: 0 }
    expect(eventNote('sender', lost)).toBe('link lost at the sender: no-answer, none left')
    expect(eventNote('receiver', { ...lost, remaining: 1 })).toBe('link lost at the receiver: no-answer, 1 left')
  })

  it('tells of a change of band, but not of the first band', () => {
    const band: NodeEvent = { ...common, type: 'health:band', band: 'fair', before: 'good', score: 54.6 }
    expect(eventNote('sender', band)).toBe('health: good → fair (score 55)')
    expect(eventNote('sender', { ...band, before: undefined })).toBeUndefined()
  })

  it('tells the state with its reason and the next attempt, of the sender alone', () => {
    const before = { kind: 'connected', since: 0 } as const
    const state = {
      kind: 'disconnected',
      since: 0,
      reason: 'connection-reset',
      attempts: 0,
      nextAttempt: 1_250,
    } as const
    const event: NodeEvent = { ...common, type: 'peer:state', state, before }
    expect(eventNote('sender', event)).toBe('peer: disconnected: connection-reset, next attempt in 0.3 s')
    expect(eventNote('sender', { ...event, state: { kind: 'degraded', since: 0, cause: 'poor-health' } })).toBe(
      'peer: degraded: poor-health',
    )
    expect(eventNote('receiver', event)).toBeUndefined()
  })
})

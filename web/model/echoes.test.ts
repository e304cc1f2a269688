import { expect, test } from 'vitest'
import type { EventView } from '../../src/daemon/contract/event.ts'
import { withoutEchoes } from './echoes.ts'

let number = 0

function event(type: string, atMs: number, data: Record<string, unknown> = {}, id = 'hf1bob'): EventView {
  return { id: `1-${++number}`, type, atMs, text: '', peer: { id, name: 'bob' }, data }
}

const typesOf = (events: readonly EventView[]): string[] => events.map(({ type }) => type)

test('an outage with one link is told once', () => {
  const events = [
    event('link:lost', 1_000, { remaining: 0 }),
    event('peer:state', 1_000, { state: { kind: 'disconnected' } }),
    event('peer:disconnected', 1_000),
    event('peer:state', 1_001, { state: { kind: 'connecting' } }),
    event('dial:failed', 1_500),
    event('peer:state', 3_000, { state: { kind: 'connected' } }),
    event('link:up', 3_000),
    event('peer:connected', 3_001),
  ]
  expect(typesOf(withoutEchoes(events))).toEqual(['peer:disconnected', 'dial:failed', 'peer:connected'])
})

test('what nothing else tells of stays', () => {
  const events = [
    event('peer:connected', 1_000),
    event('link:up', 1_000, {}, 'hf1carol'),
    event('link:up', 5_000),
    event('link:lost', 6_000, { remaining: 1 }),
    event('peer:state', 7_000, { state: { kind: 'degraded' } }),
    event('peer:state', 8_000, { state: { kind: 'paused' } }),
  ]
  expect(withoutEchoes(events)).toEqual(events)
})

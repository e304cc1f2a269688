import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import type { PeerView } from '../../daemon/contract/peer.ts'
import type { StatusView } from '../../daemon/contract/status.ts'
import { statusLines } from './status-screen.ts'

const nowMs = 1_800_000_000_000
const peers = { paired: 0, connecting: 0, connected: 1, degraded: 0, disconnected: 0, paused: 0, blocked: 0 }
const status = { name: 'alice', id: 'hf1alice', startedAtMs: nowMs, version: '0.1.0', listening: [], peers }
const direct = {
  direction: 'outbound',
  localAddress: 'tcp://192.0.2.2:50000',
  address: 'tcp://192.0.2.7:4100',
  active: true,
  state: 'healthy',
  kind: 'direct',
}
const relayed = { ...direct, address: 'tcp://198.51.100.3:443', active: false, kind: 'relay' }

function screenOf(path: PeerView['path'], ...links: object[]): string {
  const health = { score: 97, band: 'excellent', jitterMs: 1, loss: 0, lossesLastHour: 0, roundTripMs: 12 }
  const state = { kind: 'connected', text: '', sinceMs: nowMs }
  const bob = { id: 'hf1bob', name: 'bob', state, health, path, links, settings: {} } as unknown as PeerView
  const screen = { status: status as unknown as StatusView, peers: [bob], nowMs, columns: 100 }
  return stripVTControlCharacters(statusLines(screen).join('\n'))
}

it('M3: the status of a peer says which links are relayed, and that it is reached both ways', () => {
  expect(screenOf('direct', direct)).not.toMatch(/relay/)
  expect(screenOf('relay', relayed)).toMatch(
    /connected for .* over a relay[^]*over tcp:\/\/198\.51\.100\.3:443 \(relayed\)/,
  )
  const mixed = screenOf('mixed', direct, relayed)
  expect(mixed).toContain('reached both directly and over a relay')
  expect(mixed).toContain('over tcp://192.0.2.7:4100 (in use)')
  expect(mixed).toContain('over tcp://198.51.100.3:443 (relayed)')
})

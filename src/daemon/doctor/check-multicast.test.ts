import { expect, test } from 'vitest'
import type { DiscoveryState } from '../../discovery/discovery.ts'
import { checkMulticast } from './check-multicast.ts'

const nowMs = 1_800_000_000_000
const since = nowMs - 60_000
const interfaces = ['192.0.2.1']

test.each<[DiscoveryState, string, string]>([
  [{ kind: 'off' }, 'info', 'switched off'],
  [{ kind: 'listening', since, interfaces, heardAtMs: nowMs - 12_000 }, 'ok', 'heard on the local network 12 s ago'],
  [{ kind: 'listening', since, interfaces, heardAtMs: undefined }, 'info', 'drops multicast'],
  [{ kind: 'failed', since, reason: 'the port is taken', heardAtMs: undefined }, 'warn', 'the port is taken'],
])('%j is %s', (discovery, status, text) => {
  expect(checkMulticast(discovery, nowMs)).toMatchObject({ status, text: expect.stringContaining(text) })
})

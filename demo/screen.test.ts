import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { PeerHealth } from '../src/index.ts'
import { Board } from './board.ts'
import { schedule } from './schedule.ts'
import { screen } from './screen.ts'

const health: PeerHealth = {
  score: 97.6,
  band: 'excellent',
  trend: 'worsening',
  roundTripMs: 0.42,
  jitterMs: 0.1,
  loss: 0.05,
  deliverySuccess: 1,
  lossesLastHour: 0,
  lastCheckMs: undefined,
  lastProbeMs: undefined,
  history: [],
}

function busyBoard(faultCount: number): Board {
  const faults = schedule(3, 600).slice(0, faultCount)
  const board = new Board({ seed: 3, seconds: 600, file: '/some/where/file', size: 1e8, faultsPlanned: faults.length })
  board.startedAtMs = 0
  const links = Array.from({ length: 3 }, (_, id) => ({
    id,
    address: 'tcp://127.0.0.1:23456',
    localAddress: 'tcp://127.0.0.1:34567',
    kind: 'direct' as const,
    active: id === 0,
    sinceMs: 0,
    lastSeenMs: 0,
    lastCheckMs: undefined,
    direction: 'outbound' as const,
    state: 'healthy' as const,
    roundTripMs: 0.42,
    jitterMs: 0.1,
    loss: 0,
    score: 100,
    band: 'excellent' as const,
    trend: 'steady' as const,
    remote: undefined,
    bytesSent: 0,
    bytesReceived: 0,
  }))
  board.reported({ state: { kind: 'connected', since: 0 }, links, health })
  for (const fault of faults) {
    board.records.push({ fault, struckAtMs: fault.atMs, liftedAtMs: fault.atMs + fault.durationMs, recoveryMs: 12 })
  }
  board.tracks.out = { bytes: 4.2e7, atMs: 9_000 }
  for (let nowMs = 0; nowMs < 20_000; nowMs += 250) {
    board.tracks.back = { bytes: nowMs * 2_000, atMs: nowMs }
    board.sample(nowMs)
  }
  return board
}

const notes = ['link up: tcp://127.0.0.1:23456', 'a note that goes on and on, '.repeat(10)]

describe('screen', () => {
  it.each([
    [80, 24],
    [40, 10],
    [200, 60],
    [20, 3],
    [1, 1],
  ])('stays within %i × %i', (columns, rows) => {
    const lines = screen(busyBoard(40), notes, 20_000, { columns, rows }, true)
    expect(lines.length).toBeLessThanOrEqual(rows)
    for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns)
  })

  it('shows progress, links, and the newest fault first', () => {
    const text = screen(busyBoard(3), notes, 20_000, { columns: 80, rows: 24 }, false).join('\n')
    expect(text).toContain('42 %')
    expect(text).toContain('tcp://127.0.0.1:23456  outbound  healthy  0.4 ms  and 1 more'.slice(0, 40))
    expect(text.indexOf('3/3')).toBeLessThan(text.indexOf('1/3'))
  })

  it('shows state and health within 80 columns', () => {
    const board = busyBoard(3)
    const text = (wallMs: number): string =>
      screen(board, [], 20_000, { columns: 80, rows: 24 }, false, wallMs).join('\n')
    expect(text(0)).toContain('peer   connected')
    expect(text(0)).toMatch(/^health 98 excellent, worsening +█{18} {2}0\.4 ms ± 0\.1, 5 % lost$/m)
    const state = { kind: 'disconnected', since: 0, reason: 'no-answer', attempts: 2, nextAttempt: 1_500 } as const
    board.reported({ state, links: [], health: { ...health, score: undefined, band: undefined } })
    expect(text(1_000)).toContain('peer   disconnected: no-answer, next attempt in 0.5 s (2 failed)')
    expect(text(2_000)).toContain('next attempt now')
    expect(text(0)).toContain('health not measured')
  })

  it('names the dashboard within 80 columns, whole, so that it can be opened', () => {
    const board = busyBoard(3)
    board.dashboard = `http://127.0.0.1:23456/#token=${'t'.repeat(43)}`
    expect(screen(board, [], 0, { columns: 80, rows: 24 }, false)).toContain(`watch  ${board.dashboard}`)
  })

  it('uses colour only if asked', () => {
    expect(screen(busyBoard(3), notes, 0, { columns: 80, rows: 24 }, false).join('')).not.toContain('\x1b')
    expect(screen(busyBoard(3), notes, 0, { columns: 80, rows: 24 }, true).join('')).toContain('\x1b[')
  })

  it('counts down while a fault lasts, and up while it heals', () => {
    const board = busyBoard(0)
    const fault = { kind: 'drip', atMs: 0, durationMs: 2_000, gapMs: 0 } as const
    const record = { fault, struckAtMs: 0, liftedAtMs: undefined as number | undefined, recoveryMs: undefined }
    board.records.push(record)
    const text = (nowMs: number): string => screen(board, [], nowMs, { columns: 80, rows: 24 }, false).join('\n')
    expect(text(500)).toContain('lifts in 1.5 s')
    record.liftedAtMs = 2_000
    expect(text(2_250)).toContain('recovering for 250 ms')
  })

  it('lets no control character of a file name through', () => {
    const board = new Board({ seed: 1, seconds: 20, file: 'a\x1b[2J\rb\x07', size: 10, faultsPlanned: 0 })
    expect(screen(board, [], 0, { columns: 80, rows: 24 }, false).join('')).not.toMatch(/\p{Cc}/u)
  })
})

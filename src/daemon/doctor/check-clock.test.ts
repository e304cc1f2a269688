import { describe, expect, test } from 'vitest'
import { checkOwnClock, checkPeerClock } from './check-clock.ts'

const wallMs = Date.UTC(2026, 10, 27)
const hour = 3_600_000

describe('the own clock', () => {
  const clocks = (wallNowMs: number, nowMs = 1_000) => ({
    now: () => nowMs,
    wallNow: () => wallNowMs,
    originMs: wallNowMs < wallMs / 2 ? wallNowMs - nowMs : wallMs - 1_000,
  })

  test.each([
    [wallMs, 'ok', 'goes evenly'],
    [wallMs + 1_500, 'ok', 'goes evenly'],
    [wallMs + 3 * hour, 'info', 'slept, or its clock was set forward: 3 h in all'],
    [wallMs - 90_000, 'warn', 'set back by 2 min'],
    [12 * hour, 'fail', 'says that it is 1970-01-01'],
  ])('at %i it is %s', (wallNowMs, status, text) => {
    const finding = checkOwnClock(clocks(wallNowMs))
    expect(finding).toMatchObject({ status, text: expect.stringContaining(text) })
    expect(finding.cure === null).toBe(status === 'ok' || status === 'info')
  })
})

describe('the clock of a peer', () => {
  test.each([
    [3, 'ok', 'agree to 100 ms'],
    [-59_000, 'ok', 'agree to 59000 ms'],
    [61_000, 'warn', 'the clock of bob is 1 min ahead of this one'],
    [-23 * hour, 'warn', '23 h behind this one'],
    [25 * hour, 'fail', '1 d 1 h ahead'],
  ])('%i ms ahead is %s', (aheadMs, status, text) => {
    expect(checkPeerClock('bob', aheadMs, 200)).toMatchObject({ status, text: expect.stringContaining(text) })
  })
})

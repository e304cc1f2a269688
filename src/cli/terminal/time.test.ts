import { describe, expect, test } from 'vitest'
import { ago, day, durationBetween } from './time.ts'

describe('durationBetween', () => {
  const read = durationBetween(1_000, 3_600_000)

  test.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['0.5h', 1_800_000],
  ])('reads %s', (text, ms) => {
    expect(read(text)).toBe(ms)
  })

  test.each(['', '5', '5 m', '0s', '2h', '-1m', '1d', '1e3s'])('refuses %j and says what it takes', (text) => {
    expect(() => read(text)).toThrow('Write a time from 1 s to 1 h, such as 90s, 5m or 1h.')
  })
})

test('ago tells the past from never, also when the clock was set back', () => {
  const nowMs = 1_800_000_000_000
  expect(ago(undefined, nowMs)).toBe('never')
  expect(ago(nowMs + 60_000, nowMs)).toBe('just now')
  expect(ago(nowMs - 120_000, nowMs)).toBe('2 min ago')
})

test('day is that of the local time zone', () => {
  expect(day(new Date(2026, 0, 2, 23, 59).getTime())).toBe('2026-01-02')
})

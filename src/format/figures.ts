// Spans of time, sizes and shares, as people read them.
import { duration } from '../node/events/duration.ts'

/** A span of time in whole seconds, for numbers that count: `0 s`, `12 s`, `3 min`, `2 h 5 min`. */
export function span(ms: number): string {
  return duration(Math.max(0, Math.round(ms / 1_000)) * 1_000)
}

/** A span that was measured and stays: `240 ms`, `1.4 s`, `3 min`. */
export function exactSpan(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms)
}

/** A round trip or jitter: `0.4 ms`, `25 ms`, `1.2 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms === 0) return '0 ms'
  return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** A share from 0 to 1: `0 %`, `0.4 %`, `12 %`. */
export function percent(share: number): string {
  const value = share * 100
  const digits = value > 0 && value < 9.95 && !Number.isInteger(value) ? 1 : 0
  return `${value.toFixed(digits)} %`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Decimal units, three digits: `0 B`, `1.23 kB`, `456 MB`. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${units[unit]}`
}

/** A moment in the reader's own way: the time, with the date if it is not of today. */
export function moment(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString()
  return new Intl.DateTimeFormat(
    undefined,
    isToday ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'medium' },
  ).format(atMs)
}

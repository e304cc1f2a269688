// Time as people write and read it.
import { InvalidArgumentError } from 'commander'
import { duration } from '../../node/events/duration.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `90s`, `5m` or `1.5h`, as milliseconds. For commander, so it throws `InvalidArgumentError`. */
export function durationBetween(minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const [, digits, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? []
    const ms = Number(digits) * (unitMs[unit] ?? Number.NaN)
    if (ms >= minMs && ms <= maxMs) return ms
    throw new InvalidArgumentError(`Write a time from ${duration(minMs)} to ${duration(maxMs)}, such as 90s, 5m or 1h.`)
  }
}

/** Reads `5` or `0.2` as seconds, into milliseconds. For commander, likewise. */
export function secondsBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number * 1000
    throw new InvalidArgumentError(`Give a number of seconds from ${least} to ${most}.`)
  }
}

/** How long ago a moment was. */
export function ago(atMs: number | undefined, nowMs: number): string {
  if (atMs === undefined) return 'never'
  const ms = nowMs - atMs
  // A clock that was set back makes the past lie ahead.
  return ms < 10_000 ? 'just now' : `${duration(ms)} ago`
}

/** The day of a moment, in the local time zone: 2026-11-20. */
export function day(atMs: number): string {
  const date = new Date(atMs)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-')
}

/** The time of a moment, in the local time zone: 21:04. */
export function clock(atMs: number): string {
  const date = new Date(atMs)
  return [date.getHours(), date.getMinutes()].map(twoDigits).join(':')
}

/** A moment in the local time zone: 21:04:12, with the day before it if that is another than that of `nowMs`. */
export function clockTime(atMs: number, nowMs: number): string {
  const time = `${clock(atMs)}:${twoDigits(new Date(atMs).getSeconds())}`
  return day(atMs) === day(nowMs) ? time : `${day(atMs)} ${time}`
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0')
}

// Clocks: this machine's own, and how far it is from a peer's. Connections need none; times in messages and logs do, and so does the number of a run.
import { duration } from '../../node/events/duration.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { fail, info, ok, warn } from './finding.ts'

/** What a doctor reads time from. */
export interface Clocks {
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
  /** What the wall clock said when the monotonic one was 0. */
  readonly originMs: number
}

export const systemClocks: Clocks = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  originMs: performance.timeOrigin,
}

/** Nothing of Holdfast is older. */
const wallMsMin = Date.UTC(2026, 0, 1)
/** Corrections of less are everyday. */
const driftMsMax = 2_000
/** Who reads times does not mind less than this. */
const aheadMsNoted = 60_000
/** Beyond this a certificate that names its time may be refused. */
const aheadMsMax = 24 * 3_600_000

/** Whether the wall clock can be right, and whether it went on evenly since the process began. */
export function checkOwnClock({ now, wallNow, originMs }: Clocks): DoctorCheck {
  const wallMs = wallNow()
  const aheadMs = wallMs - (originMs + now())
  const data = { nowMs: wallMs, aheadMs: Math.round(aheadMs) }
  if (wallMs < wallMsMin) {
    return fail(
      'clock',
      `this machine says that it is ${new Date(wallMs).toISOString().slice(0, 10)}`,
      'set its clock, by NTP for example, and start the node again: peers take a run that begins in the past for an older copy',
      data,
    )
  }
  if (aheadMs < -driftMsMax) {
    return warn(
      'clock',
      `the clock was set back by ${duration(-aheadMs)} since this process began`,
      'see that one service alone sets it (timedatectl); times of messages and in logs are out of order',
      data,
    )
  }
  if (aheadMs > driftMsMax) {
    return info('clock', `the machine slept, or its clock was set forward: ${duration(aheadMs)} in all`, data)
  }
  return ok('clock', 'the clock of this machine goes evenly', data)
}

/** How far the peer's clock is from this one; `roundTripMs` is how sure that is. */
export function checkPeerClock(name: string, aheadMs: number, roundTripMs: number): DoctorCheck {
  const apartMs = Math.abs(aheadMs)
  const data = { aheadMs: Math.round(aheadMs), roundTripMs }
  const where = `the clock of ${name} is ${duration(apartMs)} ${aheadMs < 0 ? 'behind' : 'ahead of'} this one`
  if (apartMs > aheadMsMax) return fail('clock', where, 'set the one that is wrong, by NTP for example', data)
  if (apartMs > aheadMsNoted) {
    return warn('clock', where, 'set the one that is wrong; until then times of messages and in logs differ', data)
  }
  return ok(
    'clock',
    `the clocks of ${name} and this machine agree to ${Math.ceil(Math.max(apartMs, roundTripMs / 2))} ms`,
    data,
  )
}

import { describe, expect, it } from 'vitest'
import { HealthHistory } from './history.ts'
import { LinkHealth } from './link-health.ts'
import { LossLog } from './loss-log.ts'
import { peerHealth } from './peer-health.ts'

const HOUR_MS = 3_600_000

function linkOf(sampleMs: number | undefined): LinkHealth {
  const health = new LinkHealth()
  for (let count = 0; count < 50 && sampleMs !== undefined; count++) health.sample(sampleMs, 0)
  return health
}

const unprobed = { lastProbeMs: undefined, lastCheckMs: undefined }

const of = (...links: LinkHealth[]) => peerHealth(links, new LossLog(), new HealthHistory(), 0, unprobed)

describe('H1: the health of a peer', () => {
  it('is that of its best link', () => {
    expect(of(linkOf(525), linkOf(20), linkOf(900))).toMatchObject({
      score: 100,
      band: 'excellent',
      trend: 'steady',
      roundTripMs: 20,
      jitterMs: 0,
      loss: 0,
    })
  })

  it('is not known without a link, or before the first probe', () => {
    const unknown = { score: undefined, band: undefined, roundTripMs: undefined }
    expect(of()).toMatchObject({ ...unknown, jitterMs: undefined, loss: undefined, trend: 'steady' })
    expect(of(linkOf(undefined))).toMatchObject(unknown)
  })

  it('takes a link that is not known yet for better than a suspect one, and worse than all others', () => {
    const suspect = linkOf(20)
    suspect.suspicion(true)
    expect(of(suspect, linkOf(undefined)).score).toBeUndefined()
    expect(of(linkOf(undefined), linkOf(2_000)).score).toBe(50)
    expect(of(suspect)).toMatchObject({ score: 0, band: 'critical' })
  })

  it('includes losses and delivery success of the last hour', () => {
    const log = new LossLog()
    const history = new HealthHistory()
    expect(peerHealth([], log, history, 0, unprobed)).toMatchObject({
      deliverySuccess: undefined,
      lossesLastHour: 0,
      history: [],
    })
    for (let count = 0; count < 9; count++) log.succeeded(1_000)
    log.failed(2_000)
    log.lost(3_000)
    history.record({ score: 70, roundTripMs: 30, jitterMs: 1, loss: 0 }, 3_000)
    expect(peerHealth([], log, history, 4_000, { ...unprobed, lastCheckMs: 3_500 })).toMatchObject({
      deliverySuccess: 0.9,
      lossesLastHour: 1,
      lastCheckMs: 3_500,
      history: [{ score: 70 }],
    })
  })
})

describe('H1: the log of losses', () => {
  it('forgets what is more than 70 minutes old, and nothing that is less than an hour', () => {
    const log = new LossLog()
    log.lost(599_999)
    expect([HOUR_MS + 599_999, HOUR_MS + 600_000].map((nowMs) => log.lossesLastHour(nowMs))).toEqual([1, 0])
    for (let minute = 0; minute < 300; minute++) log.lost(2 * HOUR_MS + minute * 60_000)
    expect(log.lossesLastHour(2 * HOUR_MS + 299 * 60_000)).toBe(70)
    log.failed(2 * HOUR_MS + 299 * 60_000)
    expect(log.lossesLastHour(100 * HOUR_MS)).toBe(0)
    expect(log.deliverySuccess(100 * HOUR_MS)).toBeUndefined()
  })

  it('bears a clock that goes back', () => {
    const log = new LossLog()
    log.succeeded(HOUR_MS)
    log.failed(0)
    expect(log.deliverySuccess(HOUR_MS)).toBe(0.5)
  })
})

import { describe, expect, it } from 'vitest'
import { LinkHealth } from './link-health.ts'
import { StatusReports } from './status-reports.ts'

describe('H1: what the other side is told', () => {
  it('is nothing before something was measured', () => {
    const health = new LinkHealth()
    const reports = new StatusReports()
    expect(reports.take(health, 0)).toBeUndefined()
    health.probeMissed()
    expect(reports.take(health, 1)).toBeUndefined()
  })

  it('is what is measured, then only what has changed notably, and at most every 10 s', () => {
    const health = new LinkHealth()
    const reports = new StatusReports()
    health.sample(20, 0)
    expect(reports.take(health, 0)).toEqual({ roundTripMs: 20, jitterMs: 0, loss: 0, score: 100 })
    health.sample(21, 0)
    expect(reports.take(health, 60_000)).toBeUndefined()
    health.probeMissed()
    expect(reports.take(health, 60_000)).toMatchObject({ loss: 1 / 3, score: 60 })
    for (let count = 0; count < 5; count++) health.probeMissed()
    expect(reports.take(health, 69_999)).toBeUndefined()
    expect(reports.take(health, 70_000)?.score).toBeLessThan(20)
  })

  it('is a round trip that changed by a quarter', () => {
    const health = new LinkHealth()
    const reports = new StatusReports()
    for (let count = 0; count < 50; count++) health.sample(100, 0)
    reports.take(health, 0)
    for (let count = 0; count < 200; count++) health.sample(120, 0)
    expect(reports.take(health, 10_000)).toBeUndefined()
    for (let count = 0; count < 200; count++) health.sample(130, 0)
    expect(reports.take(health, 10_000)?.roundTripMs).toBeCloseTo(130)
  })
})

import { expect, it } from 'vitest'
import { about, Forecast } from './forecast.ts'

const parts = [
  { name: 'quick', turns: 4, turnMs: 500 },
  { name: 'slow', turns: 2, turnMs: 10_000 },
]

it('begins with what each measure took elsewhere', () => {
  expect(new Forecast(parts).leftMs).toBe(22_000)
})

it('takes this machine for as slow as it has been, and the measure of now for as slow as it is', () => {
  const forecast = new Forecast(parts)
  forecast.turnTaken('quick', 1_000)
  expect(forecast.leftMs).toBe(3 * 1_000 + 2 * 20_000)
  for (const ms of [1_000, 1_000, 1_000]) forecast.turnTaken('quick', ms)
  forecast.partDone('quick')
  expect(forecast.leftMs).toBe(2 * 20_000)
  forecast.turnTaken('slow', 14_000)
  expect(forecast.leftMs).toBe(14_000)
})

it('does not count the turns of contestants that are out', () => {
  const forecast = new Forecast(parts)
  forecast.turnTaken('quick', 500)
  forecast.partDone('quick')
  expect(forecast.leftMs).toBe(20_000)
})

it('is told in minutes, and in tens of seconds near the end', () => {
  expect([900_000, 91_000, 89_000, 44_000, 2_000].map(about)).toEqual([
    'about 15 min',
    'about 2 min',
    'about 90 s',
    'about 40 s',
    'about 10 s',
  ])
})

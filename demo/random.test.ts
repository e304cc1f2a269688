import { expect, it } from 'vitest'
import { between, seeded, shuffled } from './random.ts'

it('repeats by seed, and stays within its bounds', () => {
  const draw = (seed: number): number[] => {
    const random = seeded(seed)
    return Array.from({ length: 1_000 }, () => between(random, 3, 9))
  }
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  expect(new Set(draw(1))).toEqual(new Set([3, 4, 5, 6, 7, 8, 9]))
})

it('shuffles without losing anything', () => {
  const items = [1, 2, 3, 4, 5, 6, 7]
  const orders = Array.from({ length: 50 }, (_, seed) => shuffled(seeded(seed), items))
  for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual(items)
  expect(new Set(orders.map(String)).size).toBeGreaterThan(40)
})

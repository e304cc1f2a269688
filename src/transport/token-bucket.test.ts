import { expect, it } from 'vitest'
import { RefundableTokenBucket } from './token-bucket.ts'

it('gives its tokens at once, then as they come back with time, and never more than it holds', () => {
  const bucket = new RefundableTokenBucket({ atOnce: 2, perSecond: 10 })
  bucket.take()
  bucket.take()
  expect([bucket.waitMs(0), bucket.waitMs(40)]).toEqual([100, 60])
  expect([bucket.waitMs(100), bucket.isFull(100), bucket.isFull(10_000)]).toEqual([0, false, true])
  bucket.giveBack()
  bucket.take()
  bucket.take()
  expect(bucket.waitMs(10_000)).toBe(100)
})

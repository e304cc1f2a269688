import { expect, test } from 'vitest'
import { Criteria, OTTER, reportOfCriteria, resultOf, TIME } from './criteria.ts'

test('a criterion is met by its own limit, and what was not reached never is', () => {
  const criteria = new Criteria()
  const source = { document: TIME, section: 'Success Metrics' }
  criteria.below(source, 'a', 1, 1, 's')
  criteria.below(source, 'b', 0.99, 1, 's')
  criteria.atMost(source, 'c', 1, 1, 's')
  criteria.atMost(source, 'd', undefined, 1, 's')
  criteria.atLeast(source, 'e', 94.9, 95, '%')
  criteria.equal(source, 'f', '3, 3', '3, 3')
  criteria.contains(source, 'g', ['latency'], 'latency, jitter')
  criteria.failed({ document: OTTER, section: 'all' }, 'h', new Error('no machine'))
  const { criteria: count, met, failed } = resultOf(criteria.all)
  expect([count, met]).toEqual([8, 3])
  expect(failed.map(({ what, measured }) => `${what}: ${measured}`)).toEqual([
    'a: 1 s',
    'd: not reached',
    'e: 94.9 %',
    'g: missing: latency',
    'h: no machine',
  ])
  expect(reportOfCriteria(criteria.all)).toMatch(
    /001 TIME\n[^]*NOT MET {2}a: 1 s[^]*004 Otter\n[^]*3 of 8 criteria are met$/,
  )
})

import { expect, test } from 'vitest'
import { bytes, exactSpan, milliseconds, percent, span } from './figures.ts'

test('spans that count have whole seconds, spans that were measured are exact', () => {
  expect([0, 400, 1_600, 12_000, 185_000, 7_500_000].map(span)).toEqual([
    '0 s',
    '0 s',
    '2 s',
    '12 s',
    '3 min',
    '2 h 5 min',
  ])
  expect([3, 240, 1_440, 61_000].map(exactSpan)).toEqual(['3 ms', '240 ms', '1.4 s', '1 min'])
})

test('numbers have the digits that say something', () => {
  expect([0, 0.04, 0.42, 9.94, 9.96, 25.4, 1_234].map(milliseconds)).toEqual([
    '0 ms',
    '0.0 ms',
    '0.4 ms',
    '9.9 ms',
    '10 ms',
    '25 ms',
    '1.2 s',
  ])
  expect([0, 0.004, 0.03125, 0.12, 1].map(percent)).toEqual(['0 %', '0.4 %', '3.1 %', '12 %', '100 %'])
  expect([0, 99.5, 999, 999.6e3, 1_234, 456e6].map(bytes)).toEqual([
    '0 B',
    '100 B',
    '999 B',
    '1.00 MB',
    '1.23 kB',
    '456 MB',
  ])
})

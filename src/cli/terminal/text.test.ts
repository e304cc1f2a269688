import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hanging, padded, shortened, width, wrapped } from './text.ts'

test('width counts what a terminal shows', () => {
  expect(['abc', 'größe', '日本', '👩‍👩‍👧', '\u001b[32mok\u001b[39m'].map(width)).toEqual([3, 5, 4, 2, 2])
  expect(padded('日本', 6)).toBe('日本  ')
})

test('shortened says that something is missing', () => {
  expect(shortened('laptop', 6)).toBe('laptop')
  expect(shortened('laptops', 6)).toBe('lapto…')
  expect(shortened('日本語', 5)).toBe('日本…')
})

describe('wrapped', () => {
  test('breaks between words, and inside one that is too long', () => {
    expect(wrapped('lost 12 s ago: no answer', 10)).toEqual(['lost 12 s', 'ago: no', 'answer'])
    expect(wrapped('at tcp://192.0.2.7:4100', 10)).toEqual(['at', 'tcp://192.', '0.2.7:4100'])
    expect(wrapped('', 10)).toEqual([''])
  })

  test('loses nothing, and no line is too wide', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, columns) => {
        const lines = wrapped(text, columns)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

test('hanging lines stand under the first, where there is room', () => {
  expect(hanging('bob   ', 'lost 12 s ago', 18)).toEqual(['bob   lost 12 s', '      ago'])
  expect(hanging('a long name   ', 'lost 12 s ago', 18)).toEqual(['a long name', '  lost 12 s ago'])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visible, visibleJson, visibleLines } from './visible.ts'

// oxlint-disable-next-line no-control-regex
const acting = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u

test.each([
  ['a line of its own', 'no\n12:00:00  connected', 'no\\n12:00:00  connected'],
  ['carriage return and tabulator', 'a\rb\tc', 'a\\rb\\tc'],
  ['colours and what clears the screen', '\u001b[2J\u001b[31mred', '\\u001b[2J\\u001b[31mred'],
  ['C1, which some terminals take for ESC [', '\u009b31mred\u007f', '\\u009b31mred\\u007f'],
  ['separators of lines and paragraphs', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['overrides and isolates of direction', '\u202egpj.exe\u2066', '\\u202egpj.exe\\u2066'],
  ['a half character', 'a\ud83d', 'a\\ud83d'],
  ['what means something', 'Größe 👩‍👩‍👧 می‌خواهم 日本', 'Größe 👩‍👩‍👧 می‌خواهم 日本'],
])('%s', (_, text, expected) => {
  expect(visible(text)).toBe(expected)
})

test('nothing that acts is left of any text, and what was made visible stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(acting)
      expect(visible(visible(text))).toBe(visible(text))
    }),
  )
})

test('JSON means the same, and lines of one’s own stay lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = visibleJson(JSON.stringify({ text }))
      expect(JSON.parse(json)).toEqual({ text })
      expect(json).not.toMatch(acting)
    }),
  )
  expect(visibleLines('a\nb\u001b')).toBe('a\nb\\u001b')
})

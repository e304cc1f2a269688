import { expect, it } from 'vitest'
import { marksOf } from './marks.ts'
import { messageLines } from './message-lines.ts'
import { PresenceChanges } from './presence-news.ts'

it('a message cannot look like several, nor move the cursor', () => {
  expect(messageLines('bob: ', 'one\ncarol: two\r\n\u001b[2Jthree\u202e\tx')).toEqual([
    'bob: one',
    '     carol: two',
    '     \\u001b[2Jthree\\u202e x',
  ])
})

it('a message fits the terminal, 40 columns too', () => {
  const lines = messageLines('12:03 ✓✓ you: ', 'word '.repeat(20).trim(), 40)
  expect(lines.every((line) => line.length <= 40)).toBe(true)
  expect(lines.join('').replaceAll(' ', '')).toBe(`12:03✓✓you:${'word'.repeat(20)}`)
  expect(lines[1]).toMatch(/^ {14}word/)
})

it('ticks are letters where the locale has no UTF-8', () => {
  expect(marksOf({ LANG: 'de_DE.UTF-8' }, 'linux').delivered).toBe('✓✓')
  expect(marksOf({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, 'linux').delivered).toBe('vv')
  expect(marksOf({}, 'linux').waiting).toBe('v ')
  expect(marksOf({}, 'darwin').waiting).toBe('✓ ')
})

it('time that passes is no news of a presence', () => {
  const news = new PresenceChanges()
  const told = (text: string) =>
    news.of([{ peer: { id: 'hf1', name: 'bob' }, presence: 'away', text, nickname: null, last: null, waiting: 0 }])
      .length
  expect(told('bob is away: lost just now, no answer to probes; what you write is kept')).toBe(1)
  expect(told('bob is away: lost 2 h 5 min ago, no answer to probes; what you write is kept')).toBe(0)
  expect(told('bob is away: lost 3.1 s ago, it was reset; what you write is kept')).toBe(1)
  expect(told('bob is here')).toBe(1)
})

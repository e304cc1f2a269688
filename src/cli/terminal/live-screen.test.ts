import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { LiveScreen } from './live-screen.ts'

const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'
const erased = '\u001b[H\u001b[J'

/** A terminal of this size, and what is written to it. */
function terminal(columns: number, rows: number) {
  const stream = new PassThrough({ encoding: 'utf8' })
  return { stream: Object.assign(stream, { columns, rows }), written: (): string => String(stream.read() ?? '') }
}

test('draws on a screen of its own, and gives it back once', () => {
  const { stream, written } = terminal(20, 3)
  const before = process.listenerCount('exit')
  const screen = new LiveScreen(stream)
  expect(written()).toBe(enter)
  screen.draw(['one', 'two'])
  expect(written()).toBe(`${erased}one\r\ntwo`)
  screen[Symbol.dispose]()
  expect(written()).toBe(leave)
  screen[Symbol.dispose]()
  screen.draw(['three'])
  expect(written()).toBe('')
  expect(process.listenerCount('exit')).toBe(before)
})

test('gives it back when the process exits', () => {
  const { stream, written } = terminal(20, 3)
  using screen = new LiveScreen(stream)
  screen.draw([])
  expect(written()).toBe(enter + erased)
  for (const listener of process.listeners('exit').slice(-1)) listener(0)
  expect(written()).toBe(leave)
})

test('says how many lines do not fit, in the size that the terminal has by then', () => {
  const { stream, written } = terminal(0, 0)
  using screen = new LiveScreen(stream)
  expect([screen.columns, screen.rows]).toEqual([80, 24])
  Object.assign(stream, { columns: 8, rows: 2 })
  written()
  screen.draw(['one', 'two', 'three'])
  expect(written()).toBe(`${erased}one\r\n… 2 mor…`)
})

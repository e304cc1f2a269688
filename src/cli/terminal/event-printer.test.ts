import { expect, test } from 'vitest'
import type { EventView } from '../../daemon/contract/event.ts'
import { EventPrinter } from './event-printer.ts'

const peer = { id: 'hf1bob', name: 'bob' }
const startMs = Date.UTC(2026, 0, 1)

/** An attempt that failed so many seconds after the start. */
function failed(second: number): EventView {
  const data = { attempt: second, addresses: [], message: 'no', nextAttempt: null }
  return {
    id: `1-${second}`,
    type: 'dial:failed',
    atMs: startMs + second * 1_000,
    text: `failed ${second}`,
    peer,
    data,
  }
}

function renamed(second: number): EventView {
  const data = { before: 'b' }
  return {
    id: `1-${second}`,
    type: 'peer:renamed',
    atMs: startMs + second * 1_000,
    text: `renamed ${second}`,
    peer,
    data,
  }
}

/** The lines, without their times. */
function printed(print: (printer: EventPrinter) => void): string[] {
  const lines: string[] = []
  const printer = new EventPrinter({ all: false, write: (line) => lines.push(line.replace(/^.*?  /, '')) })
  print(printer)
  printer[Symbol.dispose]()
  return lines
}

test('events of the past stand in the order in which they happened, those that stand for several too', () => {
  const events = [failed(1), failed(2), failed(3), renamed(10), renamed(400), failed(401), failed(402), renamed(403)]
  const lines = printed((printer) => printer.tellPast(events))
  expect(lines).toEqual([
    'failed 1',
    'failed 3 (2 times more within 1 s; this is the last)',
    'renamed 10',
    'renamed 400',
    'failed 402 (2 times more within 1 s; this is the last)',
    'renamed 403',
  ])
})

test('what happens afterwards goes on being folded', () => {
  const lines = printed((printer) => {
    printer.tellPast([failed(1), failed(2)])
    printer.tell(failed(3))
    printer.tell(renamed(4))
  })
  expect(lines).toEqual([
    'failed 1',
    'failed 2 (once more; this is the last)',
    'failed 3 (once more; this is the last)',
    'renamed 4',
  ])
})

test('a line that stands for several never comes after a newer one, whoever it is about', () => {
  const carol = (second: number): EventView => ({ ...failed(second), peer: { id: 'hf1carol', name: 'carol' } })
  const lines = printed((printer) => {
    for (const event of [failed(1), carol(2), failed(3), carol(4), failed(5), renamed(6)]) printer.tell(event)
    // The window of bob's is over with this one, and what is held back of carol's is older.
    for (const event of [carol(7), failed(8), failed(1_000), renamed(1_001)]) printer.tell(event)
  })
  const order = lines.map((line) => Number(/\d+/.exec(line)?.[0]))
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(lines).toContain('failed 5 (2 times more within 2 s; this is the last)')
})

test('repetition is still one line while nothing else happens', () => {
  const lines = printed((printer) => {
    for (let second = 1; second <= 50; second++) printer.tell(failed(second))
  })
  expect(lines).toEqual(['failed 1', 'failed 50 (49 times more within 48 s; this is the last)'])
})

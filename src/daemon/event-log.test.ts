import { describe, expect, it } from 'vitest'
import { EventLog } from './event-log.ts'

function logOf(count: number, eventsMax = 10): EventLog {
  const log = new EventLog({ run: '1000', wallNow: () => 2_000, eventsMax })
  for (let n = 1; n <= count; n++) log.append({ type: `type:${n}`, text: `text ${n}`, peer: null, data: { n } })
  return log
}

/** What a reader that comes again with `id` is told, by numbers. */
function toldAfter(log: EventLog, id: string | undefined): unknown[] {
  const { after, missed } = log.resume(id)
  const told: unknown[] = missed === undefined ? [] : [missed.data]
  for (let place = after + 1; place <= log.newest; place++) told.push(log.at(place)?.data['n'])
  return told
}

describe('the log of events', () => {
  it('gives each event an id of its run and place', () => {
    const log = logOf(0)
    const event = log.append({ type: 'wake', text: 'it slept', peer: null, data: {} })
    expect(event).toEqual({ id: '1000-1', atMs: 2_000, type: 'wake', text: 'it slept', peer: null, data: {} })
    expect(log.append({ ...event, atMs: 5 })).toMatchObject({ id: '1000-2', atMs: 5 })
  })

  it('goes on after the event that a reader has, and loses and doubles none', () => {
    expect(toldAfter(logOf(5), '1000-3')).toEqual([4, 5])
    expect(toldAfter(logOf(5), '1000-5')).toEqual([])
    expect(toldAfter(logOf(5), undefined)).toEqual([])
  })

  it('tells how many are no longer there', () => {
    const log = logOf(25)
    expect(toldAfter(log, '1000-15')).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
    expect(toldAfter(log, '1000-12')).toEqual([{ count: 3 }, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
    const { missed } = log.resume('1000-12')
    expect(missed).toMatchObject({ type: 'events:missed', text: '3 events missed, because they were not read in time' })
    // Whoever has that one only, goes on with what was next.
    expect(toldAfter(log, missed?.id)).toHaveLength(10)
  })

  it('tells a reader of another run everything of this one', () => {
    expect(toldAfter(logOf(2), '999-77')).toEqual([{ count: null }, 1, 2])
    expect(toldAfter(logOf(2), '1000-77')).toEqual([{ count: null }, 1, 2])
  })

  it.each([
    '1000-1.5',
    '1000--1',
    '1000--0',
    '1000-',
    '1000',
    '-1',
    '1000-2-1',
    '1000-1e0',
    '1000-0x1',
    '1000- 1',
    '1000-01',
    '01000-1',
    '',
  ])('takes "%s" for an id of another run', (id) => {
    expect(toldAfter(logOf(2), id)).toEqual([{ count: null }, 1, 2])
    expect(logOf(2).page(9, id, () => true)).toEqual([])
  })

  it('goes on from before the first event where a reader was told that', () => {
    const { missed } = logOf(2).resume('999-1')
    expect(toldAfter(logOf(2), missed?.id)).toEqual([1, 2])
  })

  it('keeps a bounded number', () => {
    const log = logOf(1_000)
    expect([log.at(990), log.at(1_001)]).toEqual([undefined, undefined])
    expect(log.at(991)?.data).toEqual({ n: 991 })
    expect(log.page(1_000, undefined, () => true)).toHaveLength(10)
  })

  it('names the place after which the first event comes', () => {
    const log = logOf(0)
    const { newestId } = log
    expect(toldAfter(log, newestId)).toEqual([])
    log.append({ type: 'a', text: '', peer: null, data: { n: 1 } })
    expect(toldAfter(log, newestId)).toEqual([1])
    expect(log.newestId).toBe('1000-1')
  })

  it('answers pages from the end, each oldest first', () => {
    const log = logOf(9)
    const numbers = (
      ...[limit, before, matches = () => true]: [number, string?, ((e: object) => boolean)?]
    ): unknown[] => log.page(limit, before, matches).map(({ data }) => data['n'])
    expect(numbers(3)).toEqual([7, 8, 9])
    expect(numbers(3, '1000-7')).toEqual([4, 5, 6])
    expect(numbers(3, '1000-2')).toEqual([1])
    expect(numbers(3, '999-5')).toEqual([])
    expect(log.page(2, undefined, ({ data }) => Number(data['n']) % 2 === 0).map(({ data }) => data['n'])).toEqual([
      6, 8,
    ])
  })

  it('tells listeners until they leave', () => {
    const log = logOf(0)
    const told: string[] = []
    const leave = log.listen(({ id }) => told.push(id))
    log.append({ type: 'a', text: '', peer: null, data: {} })
    leave()
    log.append({ type: 'b', text: '', peer: null, data: {} })
    expect(told).toEqual(['1000-1'])
  })
})

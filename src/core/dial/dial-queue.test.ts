import { describe, expect, it } from 'vitest'
import { DIAL_QUEUE_LIMITS, DialQueue, type DialQueueLimits, type DialTurn } from './dial-queue.ts'

/** All that may begin at `nowMs`. */
function takeAll(queue: DialQueue<number>, nowMs: number): DialTurn<number>[] {
  const turns: DialTurn<number>[] = []
  for (let turn = queue.take(nowMs); turn !== undefined; turn = queue.take(nowMs)) turns.push(turn)
  return turns
}

/** All places are there from the beginning. */
const roomy = (places: number): DialQueueLimits => ({ ...DIAL_QUEUE_LIMITS, youngAtFirst: places, youngMax: places })

const whoOf = (turns: readonly DialTurn<number>[]): number[] => turns.map(({ who }) => who)

describe('L4: the queue of a node’s dials', () => {
  it('lets 16 begin, and the next when one of them has ended or is a second old', () => {
    const queue = new DialQueue<number>(roomy(16))
    for (let who = 0; who < 100; who++) queue.ask(who, 'ordinary')
    const first = takeAll(queue, 0)
    expect(first).toHaveLength(16)
    expect(queue.nextMs(0)).toBe(1_000)
    queue.ended(first[5]!, 400)
    queue.ended(first[5]!, 900)
    expect(queue.nextMs(400)).toBe(400)
    expect(takeAll(queue, 400)).toHaveLength(1)
    expect(takeAll(queue, 999)).toHaveLength(0)
    expect(takeAll(queue, 1_000)).toHaveLength(15)
    expect(queue.nextMs(1_000)).toBe(1_400)
  })

  it('spreads dials that fail at once', () => {
    const queue = new DialQueue<number>(roomy(16))
    for (let who = 0; who < 1_000; who++) queue.ask(who, 'ordinary')
    let nowMs = 0
    let begun = 0
    while (begun < 1_000) {
      for (const turn of takeAll(queue, nowMs)) {
        queue.ended(turn, nowMs)
        begun++
      }
      nowMs = queue.nextMs(nowMs) ?? nowMs
    }
    expect(nowMs).toBeGreaterThan(1_500)
    expect(nowMs).toBeLessThan(2_000)
  })

  it('begins with those that somebody waits for, then those that answer, each in the order in which they asked', () => {
    const queue = new DialQueue<number>(roomy(3))
    queue.ask(1, 'hanging')
    queue.ask(2, 'ordinary')
    queue.ask(3, 'waited')
    queue.ask(4, 'ordinary')
    queue.ask(5, 'waited')
    expect(whoOf(takeAll(queue, 0))).toEqual([3, 5, 2])
  })

  it('lets whoever asks again keep its rank, and moves it to the better lane', () => {
    const queue = new DialQueue<number>(roomy(2))
    for (const who of [1, 2, 3]) queue.ask(who, 'ordinary')
    queue.ask(1, 'hanging')
    queue.ask(3, 'waited')
    expect(queue.asking).toBe(3)
    expect(whoOf(takeAll(queue, 0))).toEqual([3, 1])
  })

  it('gives every fourth turn to whoever has waited longest, so that nobody is forgotten', () => {
    const queue = new DialQueue<number>(roomy(1))
    queue.ask(-1, 'hanging')
    queue.ask(-2, 'ordinary')
    const order: number[] = []
    for (let nowMs = 0; nowMs < 8_000; nowMs += 1_000) {
      queue.ask(nowMs, 'waited')
      order.push(...whoOf(takeAll(queue, nowMs)))
    }
    expect(order.indexOf(-1)).toBe(3)
    expect(order.indexOf(-2)).toBe(7)
  })

  it('forgets whoever withdraws', () => {
    const queue = new DialQueue<number>()
    queue.ask(1, 'waited')
    queue.withdraw(1)
    queue.withdraw(2)
    expect([queue.asking, queue.take(0), queue.nextMs(0)]).toEqual([0, undefined, undefined])
  })
})

describe('L4: how many dials a busy process makes at a time', () => {
  /** The places that are free at `nowMs`, when those that take them end at once. */
  function placesOf(queue: DialQueue<number>, nowMs: number): number {
    const turns = takeAll(queue, nowMs)
    for (const turn of turns) queue.ended(turn, nowMs)
    return turns.length
  }

  it('is four at first, one more with each timer that is in time, and 16 in the end', () => {
    const queue = new DialQueue<number>()
    for (let who = 0; who < 1_000; who++) queue.ask(who, 'ordinary')
    expect(placesOf(queue, 0)).toBe(4)
    queue.wokeLate(50)
    expect(placesOf(queue, 1_000)).toBe(5)
    for (let time = 0; time < 100; time++) queue.wokeLate(0)
    expect(placesOf(queue, 2_000)).toBe(16)
  })

  it('is half as many with each timer that is late, and two at least', () => {
    const queue = new DialQueue<number>(roomy(16))
    for (let who = 0; who < 1_000; who++) queue.ask(who, 'ordinary')
    const places = [1, 2, 3, 4].map((second) => {
      queue.wokeLate(51)
      return placesOf(queue, second * 1_000)
    })
    expect(places).toEqual([8, 4, 2, 2])
  })

  it('is four again when nobody has asked for a while, and not when all hang', () => {
    const queue = new DialQueue<number>({ ...DIAL_QUEUE_LIMITS, youngMax: 6 })
    for (let who = 0; who < 8; who++) queue.ask(who, 'ordinary')
    queue.wokeLate(0)
    queue.wokeLate(0)
    expect(takeAll(queue, 0)).toHaveLength(6)
    queue.ask(8, 'ordinary')
    expect(takeAll(queue, 1_000)).toHaveLength(3)
    queue.young(2_000)
    for (let who = 10; who < 20; who++) queue.ask(who, 'ordinary')
    expect(takeAll(queue, 2_000)).toHaveLength(4)
  })
})

describe('L5: many nodes that are started in the same instant', () => {
  it('keep the place of a dial in its handshake to its end, so that handshakes never pile up', () => {
    const queue = new DialQueue<number>()
    for (let who = 0; who < 100; who++) queue.ask(who, 'ordinary')
    const first = takeAll(queue, 0)
    expect(first).toHaveLength(4)
    for (const turn of first) queue.connected(turn)
    expect(takeAll(queue, 9_000)).toHaveLength(0)
    queue.ended(first[0]!, 9_000)
    expect(takeAll(queue, 9_000)).toHaveLength(1)
  })
})

import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { OneATurn } from './one-a-turn.ts'

/** Counts turns of the event loop until `isOver`. */
async function turnsUntil(isOver: () => boolean, turned: () => void): Promise<void> {
  while (!isOver()) {
    await nextTurn()
    turned()
  }
}

test('does no two things in one turn of the event loop, and all in order', async () => {
  const turns = new OneATurn()
  const done: [thing: number, turn: number][] = []
  let turn = 0
  for (let thing = 0; thing < 20; thing++) turns.add(() => done.push([thing, turn]))
  expect(done).toEqual([])
  await turnsUntil(
    () => done.length === 20,
    () => turn++,
  )
  expect(done.map(([thing]) => thing)).toEqual(Array.from({ length: 20 }, (_, thing) => thing))
  expect(new Set(done.map(([, at]) => at)).size).toBe(20)
})

test('rests as long as the last thing took', async () => {
  const turns = new OneATurn()
  const [took, began]: number[][] = [[], []]
  for (let thing = 0; thing < 3; thing++) {
    turns.add(() => {
      began!.push(performance.now())
      while (performance.now() < began!.at(-1)! + 20);
      took!.push(performance.now() - began!.at(-1)!)
    })
  }
  await vi.waitUntil(() => began!.length === 3)
  // A timer may be a millisecond early.
  expect(began![1]! - began![0]!).toBeGreaterThanOrEqual(2 * took![0]! - 2)
  expect(began![2]! - began![1]!).toBeGreaterThanOrEqual(2 * took![1]! - 2)
})

test('does not do what was taken back, and goes on after something failed', async () => {
  const turns = new OneATurn()
  const done: string[] = []
  const gone = (): void => void done.push('gone')
  const fails = vi.fn<(error: unknown) => void>()
  process.once('uncaughtException', fails)
  turns.add(() => {
    throw new Error('on purpose')
  })
  turns.add(gone)
  turns.add(() => done.push('kept'))
  turns.takeBack(gone)
  await vi.waitUntil(() => done.length > 0)
  expect(done).toEqual(['kept'])
})

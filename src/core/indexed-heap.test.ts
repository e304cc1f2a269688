import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HeapItem, IndexedHeap } from './indexed-heap.ts'

class Numbered implements HeapItem<Numbered> {
  place = -1
  value: number

  constructor(value: number) {
    this.value = value
  }

  isBefore(other: Numbered): boolean {
    return this.value < other.value
  }
}

describe('an indexed heap', () => {
  const step = tuple(
    constantFrom('add', 'add', 'move', 'remove'),
    integer({ min: 0, max: 50 }),
    integer({ min: 0, max: 50 }),
  )

  it('always has the least first, whatever is added, moved and removed', () => {
    assert(
      property(array(step, { maxLength: 80 }), (steps) => {
        const heap = new IndexedHeap<Numbered>()
        const held: Numbered[] = []
        for (const [what, which, value] of steps) {
          const item = held[which % Math.max(1, held.length)]
          if (what === 'add' || item === undefined) {
            held.push(new Numbered(value))
            heap.add(held.at(-1)!)
          } else if (what === 'move') {
            item.value = value
            heap.moved(item)
          } else {
            heap.remove(item)
            held.splice(held.indexOf(item), 1)
            expect(item.place).toBe(-1)
          }
          expect(heap.size).toBe(held.length)
          expect(heap.first?.value).toBe(held.length === 0 ? undefined : Math.min(...held.map((each) => each.value)))
        }
        const drained: number[] = []
        for (let item = heap.first; item !== undefined; item = heap.first) {
          heap.remove(item)
          drained.push(item.value)
        }
        expect(drained).toEqual(held.map((each) => each.value).toSorted((a, b) => a - b))
      }),
    )
  })
})

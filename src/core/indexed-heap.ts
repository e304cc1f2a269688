/** What a heap holds. `place` is the heap's own: the index there, or -1 for what is in none. */
export interface HeapItem<T> {
  place: number
  isBefore(other: T): boolean
}

/** The earliest of many: a binary heap in which each item knows its place, so that one is moved or removed without a search. */
export class IndexedHeap<T extends HeapItem<T>> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  add(item: T): void {
    this.#items.push(item)
    this.#up(item, this.#items.length - 1)
  }

  /** The order of an item that is in here has changed. */
  moved(item: T): void {
    this.#up(item, item.place)
    this.#down(item, item.place)
  }

  /** Takes an item out that is in here. */
  remove(item: T): void {
    const at = item.place
    const last = this.#items.pop()!
    item.place = -1
    if (last === item) return
    last.place = at
    this.moved(last)
  }

  #up(item: T, from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.#items[above]!
      if (!item.isBefore(parent)) break
      this.#put(parent, at)
      at = above
    }
    this.#put(item, at)
  }

  #down(item: T, from: number): void {
    let at = from
    for (;;) {
      let below = 2 * at + 1
      const left = this.#items[below]
      if (left === undefined) break
      const right = this.#items[below + 1]
      const child = right?.isBefore(left) === true ? right : left
      if (child === right) below++
      if (!child.isBefore(item)) break
      this.#put(child, at)
      at = below
    }
    this.#put(item, at)
  }

  #put(item: T, at: number): void {
    this.#items[at] = item
    item.place = at
  }
}

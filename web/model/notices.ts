import { type ReadonlySignal, signal } from '@preact/signals'

/** Something to tell in passing. */
export interface Notice {
  readonly key: number
  /** What failed stays until it is dismissed. */
  readonly kind: 'news' | 'failure'
  readonly text: string
}

const NOTICES_MAX = 4
const NEWS_MS = 8_000

/** What the page has to tell beside what it shows; the newest is last. */
export class Notices {
  readonly #all = signal<readonly Notice[]>([])
  #key = 0

  get all(): ReadonlySignal<readonly Notice[]> {
    return this.#all
  }

  add(kind: Notice['kind'], text: string): void {
    const key = this.#key++
    const others = this.#all.value.filter((notice) => notice.text !== text)
    this.#all.value = [...others, { key, kind, text }].slice(-NOTICES_MAX)
    if (kind === 'news') setTimeout(() => this.dismiss(key), NEWS_MS)
  }

  dismiss(key: number): void {
    this.#all.value = this.#all.value.filter((notice) => notice.key !== key)
  }
}

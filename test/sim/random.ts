/** Numbers that a seed repeats (sfc32, Chris Doty-Humphrey, public domain). */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** `purpose` tells apart the generators of one seed, so that drawing more from one changes no other. */
  constructor(seed: number, purpose: number) {
    this.#a = seed >>> 0
    this.#b = Math.floor(seed / 2 ** 32) >>> 0
    this.#c = purpose >>> 0
    for (let index = 0; index < 12; index++) this.u32()
  }

  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum >>> 0
  }

  /** From 0 to below 1. */
  float(): number {
    return this.u32() / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.float() < probability
  }

  /** A whole number, both ends included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1))
  }

  /** Small numbers as often as large ones: even on a logarithmic scale. */
  logBetween(min: number, max: number): number {
    return Math.min(max, Math.floor(min * ((max + 1) / min) ** this.float()))
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.float() * items.length)]!
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.u32() & 0xff)
  }
}

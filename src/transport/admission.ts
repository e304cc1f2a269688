// Who may start a handshake, and who waits for a place. A stranger who connects is nobody yet: a handshake costs memory
// and time, so there are few places at once, an address has a share of them, and whoever finds none waits in a bounded
// queue that is served address by address. A flood from one address so delays that address and no other.

/** How many may be where at once. */
export interface AdmissionLimits {
  /** Handshakes in progress, in all. */
  readonly handshakesMax: number
  /** Handshakes in progress from one address. */
  readonly handshakesPerAddressMax: number
  /** Connections that wait for a handshake, in all. */
  readonly waitingMax: number
  /** Connections that wait for a handshake, from one address. */
  readonly waitingPerAddressMax: number
}

/** What an admission decides. Called from inside `arrive` and `leave`. */
export interface AdmissionDecisions<T> {
  /** The handshake may start. */
  admit(arrival: T): void
  /** No place, not even to wait: close it. It has left already. */
  drop(arrival: T): void
}

/** Gives out the places of one listener. Pure: it knows neither sockets nor time. */
export class Admission<T extends object> {
  readonly #limits: AdmissionLimits
  readonly #decisions: AdmissionDecisions<T>
  /** Who is where, by address. */
  readonly #arrivals = new Map<T, { readonly address: string; waiting: boolean }>()
  readonly #handshakesBy = new Map<string, number>()
  /** Oldest first within an address; the address that was served last comes last. */
  readonly #queueBy = new Map<string, Set<T>>()
  #handshakes = 0
  #waiting = 0

  constructor(limits: AdmissionLimits, decisions: AdmissionDecisions<T>) {
    this.#limits = limits
    this.#decisions = decisions
  }

  /** Handshakes in progress. */
  get handshakes(): number {
    return this.#handshakes
  }

  /** Connections that wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Sends everybody away who is in a handshake or waits, admits nobody in their place, and says who they were. */
  clear(): T[] {
    const all = [...this.#arrivals.keys()]
    for (const arrival of all) this.#remove(arrival)
    return all
  }

  /** A connection from `address` (see `admissionAddress`) was accepted. */
  arrive(arrival: T, address: string): void {
    if (this.#handshakes < this.#limits.handshakesMax && this.#hasShare(address)) {
      this.#start(arrival, address)
      return
    }
    if ((this.#queueBy.get(address)?.size ?? 0) >= this.#limits.waitingPerAddressMax) {
      this.#decisions.drop(arrival)
      return
    }
    this.#enqueue(arrival, address)
    if (this.#waiting > this.#limits.waitingMax) {
      const dropped = this.#newestOfTheMany()
      this.#remove(dropped)
      this.#decisions.drop(dropped)
    }
  }

  /** A handshake has come to its end, or a connection that waited is gone. Unknown ones are ignored. */
  leave(arrival: T): void {
    if (!this.#remove(arrival)) return
    while (this.#handshakes < this.#limits.handshakesMax) {
      const next = this.#next()
      if (next === undefined) return
      this.#remove(next.arrival)
      this.#start(next.arrival, next.address)
    }
  }

  #hasShare(address: string): boolean {
    return (this.#handshakesBy.get(address) ?? 0) < this.#limits.handshakesPerAddressMax
  }

  #start(arrival: T, address: string): void {
    this.#arrivals.set(arrival, { address, waiting: false })
    this.#handshakesBy.set(address, (this.#handshakesBy.get(address) ?? 0) + 1)
    this.#handshakes++
    // Last in the order of service from now on.
    const queue = this.#queueBy.get(address)
    if (queue !== undefined) {
      this.#queueBy.delete(address)
      this.#queueBy.set(address, queue)
    }
    this.#decisions.admit(arrival)
  }

  #enqueue(arrival: T, address: string): void {
    this.#arrivals.set(arrival, { address, waiting: true })
    this.#waiting++
    const queue = this.#queueBy.get(address)
    if (queue === undefined) this.#queueBy.set(address, new Set([arrival]))
    else queue.add(arrival)
  }

  #remove(arrival: T): boolean {
    const place = this.#arrivals.get(arrival)
    if (place === undefined) return false
    const { address, waiting } = place
    this.#arrivals.delete(arrival)
    if (waiting) {
      const queue = this.#queueBy.get(address)
      queue?.delete(arrival)
      if (queue?.size === 0) this.#queueBy.delete(address)
      this.#waiting--
    } else {
      const left = (this.#handshakesBy.get(address) ?? 1) - 1
      if (left === 0) this.#handshakesBy.delete(address)
      else this.#handshakesBy.set(address, left)
      this.#handshakes--
    }
    return true
  }

  /** The one who has waited longest at the address whose turn it is. */
  #next(): { readonly arrival: T; readonly address: string } | undefined {
    for (const [address, queue] of this.#queueBy) {
      if (!this.#hasShare(address)) continue
      for (const arrival of queue) return { arrival, address }
    }
    return undefined
  }

  #newestOfTheMany(): T {
    let largest = new Set<T>()
    // Among equals the one that came last goes: nobody who waits is pushed out by a stranger with as good a claim.
    for (const queue of this.#queueBy.values()) if (queue.size >= largest.size) largest = queue
    const newest = [...largest].at(-1)
    if (newest === undefined) throw new Error('The queue is over its bound but empty')
    return newest
  }
}

/**
 * What counts as one address: an IPv4 address, also when it comes mapped into IPv6, or the /64 network of an IPv6 address,
 * since one machine has all of that to choose from.
 */
export function admissionAddress(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!ip.includes(':')) return ip
  const [head = '', tail = ''] = ip.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const ending = tail === '' ? [] : tail.split(':')
  while (ip.includes('::') && groups.length + ending.length < 8) groups.push('0')
  return [...groups, ...ending]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** Who stands at one end of a wire. */
export interface WireEnd {
  received(bytes: Uint8Array, nowMs: number): void
  drained(): void
  closed(): void
}

export interface WireOptions {
  readonly latencyMs: number
  /** What one direction holds before `write` answers false. */
  readonly capacityBytes: number
  /** Cuts what arrives; the default hands it over as it was written. */
  readonly split: (bytes: Uint8Array) => Uint8Array[]
}

const plainWire: WireOptions = { latencyMs: 5, capacityBytes: 256 * 1024, split: (bytes) => [bytes] }

interface Message {
  readonly atMs: number
  /** Undefined is FIN. */
  readonly bytes: Uint8Array | undefined
}

/** One direction of a wire: bytes in order, with a delay. */
export class Lane {
  readonly #options: WireOptions
  readonly #messages: Message[] = []
  #heldBytes = 0
  #blocked = false
  /** Nothing arrives while this is true, and nobody is told. */
  blackHole = false
  /** Of what is written from now on. */
  latencyMs: number
  from: WireEnd | undefined
  to: WireEnd | undefined

  constructor(options: WireOptions) {
    this.#options = options
    this.latencyMs = options.latencyMs
  }

  /** When the next message arrives; Infinity if there is none. */
  get nextMs(): number {
    return this.blackHole ? Infinity : (this.#messages[0]?.atMs ?? Infinity)
  }

  write(bytes: Uint8Array, nowMs: number): boolean {
    this.#messages.push({ atMs: nowMs + this.latencyMs, bytes })
    this.#heldBytes += bytes.length
    this.#blocked = this.#heldBytes >= this.#options.capacityBytes
    return !this.#blocked
  }

  end(nowMs: number): void {
    this.#messages.push({ atMs: nowMs + this.latencyMs, bytes: undefined })
  }

  drop(): void {
    this.#messages.length = 0
  }

  /** The first message arrives. */
  deliver(nowMs: number): void {
    const { bytes } = this.#messages.shift()!
    if (bytes === undefined) {
      this.to?.closed()
      return
    }
    this.#heldBytes -= bytes.length
    for (const piece of this.#options.split(bytes)) this.to?.received(piece, nowMs)
    if (this.#blocked && this.#heldBytes < this.#options.capacityBytes) {
      this.#blocked = false
      this.from?.drained()
    }
  }
}

/** A link's bytes between two parties, in virtual time. */
export class Wire {
  readonly there: Lane
  readonly back: Lane

  constructor(options: Partial<WireOptions> = {}) {
    this.there = new Lane({ ...plainWire, ...options })
    this.back = new Lane({ ...plainWire, ...options })
  }

  get lanes(): readonly [Lane, Lane] {
    return [this.there, this.back]
  }

  /** The delay of what is written from now on, in both directions. */
  set latencyMs(ms: number) {
    for (const lane of this.lanes) lane.latencyMs = ms
  }

  /** Bytes vanish in both directions, or come again. */
  set blackHole(on: boolean) {
    for (const lane of this.lanes) lane.blackHole = on
  }

  /** The connection is reset: what is on its way is lost, and both ends are told. */
  cut(): void {
    for (const lane of this.lanes) {
      lane.drop()
      lane.to?.closed()
    }
  }
}

import type { Clock } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { InboundChannel } from '../../transport/transport.ts'
import type { MemoryChannel } from './memory-channel.ts'

/** What listens at a port. */
export interface MemoryListener {
  readonly id: PeerId
  arrived(arrival: InboundChannel): void
}

/** A machine of a simulated network: its ports, its channels, and whether its process runs. */
export class MemoryHost {
  readonly name: string
  readonly channels = new Set<MemoryChannel>()
  /** By interface and port, as in the address: `wifi.alice:1`. */
  readonly listeners = new Map<string, MemoryListener>()
  readonly #clock: Clock
  #awake = true
  #waiting: (() => void)[] = []
  #nextPort = 1
  #crashes = 0

  constructor(name: string, clock: Clock) {
    this.name = name
    this.#clock = clock
  }

  /** How often its process died. */
  get crashes(): number {
    return this.#crashes
  }

  /** A port that nobody had before. */
  takePort(): number {
    return this.#nextPort++
  }

  /** Whether the process runs; if it does not, `then` is called when it does again. */
  isAwake(then: () => void): boolean {
    if (!this.#awake) this.#waiting.push(then)
    return this.#awake
  }

  /** Calls back now, or when the process runs again. */
  soon(callback: () => void): void {
    if (this.isAwake(callback)) callback()
  }

  /** The process stops running, as by SIGSTOP: bytes stay in the kernel's buffers, and nobody is told anything. */
  pause(): void {
    this.#awake = false
  }

  resume(): void {
    if (this.#awake) return
    this.#awake = true
    const waiting = this.#waiting
    this.#waiting = []
    this.#clock.after(0, () => {
      for (const callback of waiting) this.soon(callback)
    })
  }

  /**
   * The process is gone and hears nothing more. The others hear of it by FIN or RST, or, when the machine lost its power, not at all.
   */
  crash(how: 'fin' | 'reset' | 'silent'): void {
    this.#crashes++
    this.listeners.clear()
    this.#waiting = []
    this.#awake = true
    for (const channel of this.channels) channel.abandon(how)
  }
}

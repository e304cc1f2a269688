import { setTimeout as sleep } from 'node:timers/promises'
import type { Board, FaultRecord } from './board.ts'
import { now } from './clock.ts'
import { endsConnections, faultName, strike, type Victims } from './faults.ts'
import { duration } from './format.ts'
import { Recovery } from './recovery.ts'
import { type Direction, type Fault, healingMs, plannedEndMs, TAIL_MS } from './schedule.ts'

/** Bytes count as moving if some arrived at both ends within this time. */
const MOVING_MS = 300
const POLL_MS = 20

/** Lets the faults strike one after the other, each while bytes are moving, and waits until each has healed. */
export class Storm {
  readonly #victims: Victims
  readonly #board: Board
  readonly #startedAtMs: number
  readonly #note: (text: string) => void
  #remaining: readonly Fault[]
  /** When the last fault had healed. */
  #idleAtMs: number
  #awaited: { readonly recovery: Recovery; readonly healed: (recoveryMs: number) => void } | undefined

  constructor(
    victims: Victims,
    board: Board,
    faults: readonly Fault[],
    startedAtMs: number,
    note: (text: string) => void,
  ) {
    this.#victims = victims
    this.#board = board
    this.#remaining = faults
    this.#startedAtMs = startedAtMs
    this.#idleAtMs = startedAtMs
    this.#note = note
  }

  /** Whether all faults have struck and healed. */
  get over(): boolean {
    return this.#remaining.length === 0 && this.#board.current === undefined
  }

  /** When the file may end: some time after the last fault will have healed, as far as can be known now. */
  endAtMs(nowMs: number): number {
    const { current } = this.#board
    const idleAtMs =
      current === undefined
        ? this.#idleAtMs
        : Math.max(nowMs, current.struckAtMs + current.fault.durationMs + healingMs(current.fault))
    return this.#startedAtMs + plannedEndMs(this.#remaining, idleAtMs - this.#startedAtMs) + TAIL_MS
  }

  /** New bytes of the stream arrived. */
  moved(direction: Direction, atMs: number): void {
    const recoveryMs = this.#awaited?.recovery.moved(direction, atMs)
    if (recoveryMs !== undefined) this.#awaited?.healed(recoveryMs)
  }

  /** The proxy accepted a connection. */
  connected(atMs: number): void {
    this.#awaited?.recovery.connected(atMs)
  }

  /** Resolves when the last fault has healed; rejects when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (const fault of this.#remaining) {
      const strikeAtMs = Math.max(this.#startedAtMs + fault.atMs, this.#idleAtMs + fault.gapMs)
      await sleep(strikeAtMs - now(), undefined, { signal })
      while (!this.#moving()) await sleep(POLL_MS, undefined, { signal })
      this.#remaining = this.#remaining.slice(1)
      await this.#unleash(fault, signal)
      this.#idleAtMs = now()
    }
  }

  async #unleash(fault: Fault, signal: AbortSignal): Promise<void> {
    const record: FaultRecord = { fault, struckAtMs: now(), liftedAtMs: undefined, recoveryMs: undefined }
    this.#board.records.push(record)
    this.#note(`${faultName(fault)}${fault.durationMs > 0 ? ` for ${duration(fault.durationMs)}` : ''}`)
    const lift = strike(fault, this.#victims)
    if (fault.durationMs > 0) await sleep(fault.durationMs, undefined, { signal })
    const beforeLiftMs = now()
    await lift()
    // Connections are refused until the port is open again; everything else is undone with the first instruction.
    record.liftedAtMs = fault.kind === 'refuse' ? now() : beforeLiftMs
    record.recoveryMs = await this.#healing(new Recovery(record.liftedAtMs, endsConnections(fault)), signal)
    this.#note(`bytes move again, ${duration(record.recoveryMs)} after the network was back (${faultName(fault)})`)
  }

  #healing(recovery: Recovery, signal: AbortSignal): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const aborted = (): void => reject(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    this.#awaited = { recovery, healed: resolve }
    return promise.finally(() => {
      this.#awaited = undefined
      signal.removeEventListener('abort', aborted)
    })
  }

  #moving(): boolean {
    const { out, back } = this.#board.tracks
    return this.#victims.proxy.connections > 0 && now() - Math.min(out.atMs, back.atMs) < MOVING_MS
  }
}

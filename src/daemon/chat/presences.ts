import type { Clock, Timer } from '../../clock.ts'
import type { Chat } from '../../services/chat/chat.ts'
import { AttendancesFullError } from '../api/errors.ts'

/** For so long somebody attends who has said so, in milliseconds; a client that ends without a word is forgotten after it. */
const ATTENDANCE_MS = 60_000
/** Clients that attend at a time. */
const ATTENDANCES_MAX = 64

interface Attendance {
  readonly timer: Timer
  readonly leave: readonly (() => void)[]
}

/** Which clients have which conversations open. Each says so again and again, by a key of its own. */
export class ClientPresences {
  readonly #chat: Chat
  readonly #clock: Clock
  readonly #attendances = new Map<string, Attendance>()

  constructor(chat: Chat, clock: Clock) {
    this.#chat = chat
    this.#clock = clock
  }

  /** The client attends these conversations, and no others. Answers until when, in milliseconds since 1970. Throws `UnknownPeerError`. */
  attend(key: string, peers: readonly string[]): number {
    const before = this.#attendances.get(key)
    if (before === undefined && this.#attendances.size >= ATTENDANCES_MAX)
      throw new AttendancesFullError(ATTENDANCES_MAX)
    // The new ones first, so that the other side does not see somebody leave and come again.
    const leave = this.#all(peers)
    const timer = this.#clock.after(ATTENDANCE_MS, () => this.leave(key))
    this.#attendances.set(key, { timer, leave })
    if (before !== undefined) end(before)
    return this.#clock.wallNow() + ATTENDANCE_MS
  }

  /** The client has closed them. */
  leave(key: string): void {
    const attendance = this.#attendances.get(key)
    if (attendance === undefined) return
    this.#attendances.delete(key)
    end(attendance)
  }

  close(): void {
    for (const { timer } of this.#attendances.values()) timer.cancel()
    this.#attendances.clear()
  }

  #all(peers: readonly string[]): (() => void)[] {
    const leave: (() => void)[] = []
    try {
      for (const peer of new Set(peers)) leave.push(this.#chat.attend(peer))
      return leave
    } catch (error) {
      for (const one of leave) one()
      throw error
    }
  }
}

function end({ timer, leave }: Attendance): void {
  timer.cancel()
  for (const one of leave) one()
}

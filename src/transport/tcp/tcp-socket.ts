import type { Socket } from 'node:net'

/** Silence after which the kernel asks the other end whether it is still there. */
const keepAliveDelayMs = 30_000
/** Between such questions, and how many unanswered ones end the connection: 41 s in all (measured). */
const keepAliveIntervalMs = 1_000
const keepAliveCount = 10

/** What every TCP connection gets: no waiting for more to send, and the kernel's own check of an idle one. */
export function tuneSocket(socket: Socket): void {
  socket.setNoDelay(true)
  // Node 24 ignores the last two, and has the same values built in.
  socket.setKeepAlive(true, keepAliveDelayMs, keepAliveIntervalMs, keepAliveCount)
}

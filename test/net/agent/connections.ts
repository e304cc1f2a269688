import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Where this process has begun TCP connections to, as `host:port`, whatever came of them. Begins to note them. */
export function noteConnections(): readonly string[] {
  const begun: string[] = []
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket }
    socket.on('connectionAttempt', (ip: string, port: number) => begun.push(`${ip}:${port}`))
  })
  return begun
}

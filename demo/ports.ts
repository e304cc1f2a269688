import { once } from 'node:events'
import { createServer } from 'node:net'

// Below what the kernel hands out by itself (from 32768 on Linux, 49152 elsewhere): while the proxy refuses, nobody
// listens on its port, and a connection of anyone could otherwise get it, or a redial even connect to itself.
const PORTS = { first: 20_000, count: 12_000 }
const ATTEMPTS_MAX = 50

/** A port of 127.0.0.1 on which nobody listens, and which nobody gets by chance. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const server = createServer()
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
      return port
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error
    }
  }
}

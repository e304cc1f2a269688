import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Ports on loopback that nobody listens on, from `from` on. Below 32,768 systems do not hand them out to connections, so they stay free until
 * somebody wants to listen there.
 */
export async function freePorts(count: number, from: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = from; ports.length < count; port++) {
    if (port >= 32_768) throw new Error(`there are no ${count} free ports from ${from} on`)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

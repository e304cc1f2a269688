import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { generateIdentity } from '../../identity/identity.ts'
import { tcpTransport } from './tcp.ts'

const [alice, bob] = [generateIdentity(), generateIdentity()]
/** What the whole of an attempt has. */
const ATTEMPT_MS = 10_000

let server: Server | undefined
afterEach(() => void server?.close())

async function serve(accept: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    accept(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a connection that is taken and on which not a byte comes back', () => {
  it('is given up as that before the attempt as a whole is over', async () => {
    const address = await serve(() => undefined)
    const clock = new VirtualClock()
    const { promise: taken, resolve: connected } = Promise.withResolvers<void>()
    const { signal } = new AbortController()
    const dialed = tcpTransport({ identity: alice, clock }).dial(address, { expect: bob.id, signal, connected })
    dialed.catch(() => undefined)
    await taken
    await clock.run(clock.now() + ATTEMPT_MS)
    await expect(dialed).rejects.toMatchObject({ code: 'connect-failed', reason: 'no-reply', address })
    expect(clock.pendingTimers).toBe(0)
  })

  it('may answer a hello that fits one small packet', async () => {
    const clock = new VirtualClock()
    const transport = tcpTransport({ identity: bob, clock })
    const listener = await transport.listen('tcp://127.0.0.1:0', () => undefined)
    const { signal } = new AbortController()
    expect(await transport.answersSmall?.(listener.address, signal)).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    await listener.close()
    await expect(transport.answersSmall?.(listener.address, signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    let bytesMax = 0
    const stop = new AbortController()
    const address = await serve((socket) =>
      socket.on('data', (bytes) => {
        bytesMax = Math.max(bytesMax, bytes.length)
        stop.abort(new Error('It has come'))
      }),
    )
    await expect(transport.answersSmall?.(address, stop.signal)).rejects.toThrow('It has come')
    expect(bytesMax).toBeLessThan(500)
  })
})

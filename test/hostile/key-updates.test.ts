// Changes of TLS keys (KeyUpdate) cost whoever receives them and carry nothing.
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dialerExporterBytes, dialerProofLabel, proveDialer } from '../../src/identity/dialer-proof.ts'
import { generateIdentity } from '../../src/identity/identity.ts'
import { tcpTransport } from '../../src/transport/tcp/tcp.ts'
import { parseTcpAddress } from '../../src/transport/tcp/tcp-address.ts'
import type { InboundChannel, Listener } from '../../src/transport/transport.ts'
import { KeyUpdater } from './key-updates.ts'

const [alice, bob] = [generateIdentity(), generateIdentity()]
/** A connection that proves nothing is closed after 10 s in any case. */
const beforeTimeoutMs = 8_000
let listener: Listener
let arrived: PromiseWithResolvers<InboundChannel>
let stranger: KeyUpdater

beforeEach(async () => {
  arrived = Promise.withResolvers()
  listener = await tcpTransport({ identity: bob }).listen('tcp://127.0.0.1:0', (arrival) => arrived.resolve(arrival))
  stranger = await KeyUpdater.connect(parseTcpAddress(listener.address))
  stranger.socket.on('error', () => undefined)
})
afterEach(async () => {
  stranger.socket.destroy()
  await listener.close()
})

function proof(): Uint8Array {
  const exporter = stranger.secure.exportKeyingMaterial(dialerExporterBytes, dialerProofLabel, Buffer.alloc(0))
  return proveDialer(alice, bob.id, exporter)
}

it(
  'end the connection of a stranger who makes them over and over before it has proved who it is',
  async () => {
    const closed = once(stranger.socket, 'close')
    stranger.socket.write(stranger.next(200))
    await closed
  },
  beforeTimeoutMs,
)

it('are taken from time to time', async () => {
  stranger.socket.write(stranger.next(5))
  stranger.socket.write(stranger.data(proof()))
  const { channel } = await arrived.promise
  expect(channel.remoteId).toBe(alice.id)
  channel.destroy()
})

it('end the connection of a peer that makes them over and over, too', async () => {
  stranger.socket.write(stranger.data(proof()))
  const { channel, accepted } = await arrived.promise
  accepted(true)
  const closed = once(stranger.socket, 'close')
  // The record of the proof was the first under its key.
  stranger.socket.write(stranger.next(1, 1))
  stranger.socket.write(stranger.next(200))
  await closed
  channel.destroy()
})

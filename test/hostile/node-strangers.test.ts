// Strangers at a whole node, with real TLS.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { generateIdentity } from '../../src/identity/identity.ts'
import { parsePeerId } from '../../src/identity/peer-id.ts'
import { type Node, type OpenOptions, open, type Peer } from '../../src/index.ts'
import { tcpTransport } from '../../src/transport/tcp/tcp.ts'
import { parseTcpAddress } from '../../src/transport/tcp/tcp-address.ts'
import type { Channel } from '../../src/transport/transport.ts'
import { Workbench } from '../library/nodes.ts'

const bench = new Workbench()
const channels: Channel[] = []

afterEach(async () => {
  for (const channel of channels.splice(0)) channel.destroy()
  await bench.dispose()
})

/** A node whose peer is paired, and away. */
async function pairedNode(options: Partial<OpenOptions> = {}): Promise<{ bob: Node; back: () => Promise<Peer> }> {
  const dir = await bench.folder()
  const bob = await bench.node({ name: 'bob', ...options })
  const alices = { dir, listen: [], discovery: { mdns: false } }
  const first = await open(alices)
  await first.pair(await bob.ticket())
  await first.close()
  const back = async (): Promise<Peer> => {
    const alice = await bench.node(alices)
    const peer = alice.peer(bob.id)
    while (peer.state.kind !== 'connected') await new Promise((resolve) => peer.once('state', resolve))
    return peer
  }
  return { bob, back }
}

it('does not count strangers as links, and refuses no paired peer as full because of them', async () => {
  const { bob, back } = await pairedNode({ linksMax: 1 })
  const [address = ''] = bob.listening
  for (let index = 0; index < 5; index++) {
    const transport = tcpTransport({ identity: generateIdentity() })
    // They prove who they are, and then say nothing.
    const signal = AbortSignal.timeout(10_000)
    channels.push(await transport.dial(address, { expect: parsePeerId(bob.id), signal }))
  }
  await back()
  expect(bob.counts.links).toBe(1)
})

it.runIf(process.platform === 'linux')(
  'lets a paired peer in while more strangers than there are places hold connections, each from an address of its own',
  async () => {
    const { bob, back } = await pairedNode()
    const target = parseTcpAddress(bob.listening[0] ?? '')
    const crowd: Socket[] = []
    const dropped = new Set<Socket>()
    for (let index = 0; index < 700; index++) {
      const socket = connect({ ...target, localAddress: `127.5.${index >> 8}.${index & 0xff}` })
      socket.on('error', () => undefined).resume()
      socket.once('close', () => dropped.add(socket))
      crowd.push(socket)
      await once(socket, 'connect')
    }
    try {
      await back()
      // Those that were dropped made room for the newest of the crowd, and for nobody else.
      expect(dropped.size).toBeLessThanOrEqual(700 - 511)
    } finally {
      for (const socket of crowd) socket.destroy()
    }
  },
)

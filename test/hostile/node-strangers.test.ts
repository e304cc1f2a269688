// Strangers at a whole node, with real TLS.
import { afterEach, expect, it } from 'vitest'
import { generateIdentity } from '../../src/identity/identity.ts'
import { parsePeerId } from '../../src/identity/peer-id.ts'
import { open } from '../../src/index.ts'
import { tcpTransport } from '../../src/transport/tcp.ts'
import type { Channel } from '../../src/transport/transport.ts'
import { Workbench } from '../library/nodes.ts'

const bench = new Workbench()
const channels: Channel[] = []

afterEach(async () => {
  for (const channel of channels.splice(0)) channel.destroy()
  await bench.dispose()
})

it('does not count strangers as links, and refuses no paired peer as full because of them', async () => {
  const dir = await bench.folder()
  const bob = await bench.node({ name: 'bob', linksMax: 1 })
  const options = { dir, listen: [], discovery: { mdns: false } }
  const first = await open(options)
  await first.pair(await bob.ticket())
  await first.close()
  const [address = ''] = bob.listening
  for (let index = 0; index < 5; index++) {
    const transport = tcpTransport({ identity: generateIdentity() })
    // They prove who they are, and then say nothing.
    const signal = AbortSignal.timeout(10_000)
    channels.push(await transport.dial(address, { expect: parsePeerId(bob.id), signal }))
  }
  const alice = await open(options)
  try {
    const peer = alice.peer(bob.id)
    while (peer.state.kind !== 'connected') await new Promise((resolve) => peer.once('state', resolve))
    expect(bob.counts.links).toBe(1)
  } finally {
    await alice.close({ flushTimeoutMs: 0 })
  }
})

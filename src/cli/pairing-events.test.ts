import { afterEach, expect, test } from 'vitest'
import { Workbench } from '../../test/library/nodes.ts'
import { ApiClient } from '../daemon/client.ts'
import { type Daemon, openDaemon } from '../daemon/daemon.ts'
import type { HoldfastNode } from '../node/node.ts'
import { RemotePeer } from '../node/peer/peer.ts'
import { PeerRecordStore } from '../node/peer/peer-record-store.ts'
import { CODE_PROTOCOL } from '../pairing/code-exchange.ts'
import { MessageStream } from '../pairing/message-stream.ts'
import { encodeChallenge } from '../pairing/messages.ts'
import { PairingEvents } from './pairing-events.ts'

const bench = new Workbench()
let daemon: Daemon | undefined
afterEach(async () => {
  await daemon?.close({ flushTimeoutMs: 0 })
  await bench.dispose()
})

test('who waits to be asked does not wait for ever once somebody has begun a pairing unseen, and gone', async () => {
  daemon = await openDaemon({ node: { dir: await bench.folder(), name: 'bob', listen: ['tcp://127.0.0.1:0'] } })
  const { app, node } = daemon
  const api = new ApiClient({
    fetch: (path, request) => app.request(path, { ...request }),
    place: 'http://localhost',
  })
  const over = new AbortController()
  using events = await PairingEvents.follow({ api, daemon: undefined, node }, over.signal)
  await api.openPairing()
  const { asked } = events
  const mallory = (await bench.node({ name: 'mallory' })) as HoldfastNode
  const peer = new RemotePeer(mallory, PeerRecordStore.provisional(mallory.store, node.id, node.listening))
  await peer.connection.dialOnce(node.listening, over.signal, { pairing: 1 })
  const messages = new MessageStream(await peer.streams.open(CODE_PROTOCOL, { signal: over.signal }))
  messages.send(encodeChallenge({ nonce: new Uint8Array(32), name: 'alice' }))
  await messages.next()
  // He opens something else than he had committed to.
  messages.send(new Uint8Array(32).fill(1))
  await expect(asked).rejects.toThrow('run it again')
  expect(node.pairingOpenUntilMs).toBeUndefined()
  over.abort()
})

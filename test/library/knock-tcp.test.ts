// The knock of strict direction over real TCP and TLS.
import { afterEach, expect, it } from 'vitest'
import { comparePeerIds } from '../../src/identity/peer-id.ts'
import type { Node, OpenOptions } from '../../src/index.ts'
import { Workbench } from './nodes.ts'

const bench = new Workbench()
afterEach(() => bench.dispose())

const ANY_PORT = 'tcp://127.0.0.1:0'
/** Waits that no test sits out: only a knock brings a dial. */
const options: Partial<OpenOptions> = {
  direction: 'strict',
  discovery: { mdns: false },
  reconnect: { firstWaitMs: 60_000, waitMsMax: 60_000 },
}

it('the side that does not dial is dialed when it is back, though the next attempt of the other is a minute away', async () => {
  const start = async (dir: string, address: string): Promise<{ node: Node; dir: string }> => ({
    node: await bench.node({ ...options, dir, listen: [address] }),
    dir,
  })
  const pair = [await start(await bench.folder(), ANY_PORT), await start(await bench.folder(), ANY_PORT)]
  // The order of ids is that of their bytes, which their text does not keep.
  const [lower, higher] = pair.toSorted((a, b) => comparePeerIds(a.node.id, b.node.id))
  await lower!.node.pair(await higher!.node.ticket())
  const [address] = higher!.node.listening
  const failed = new Promise<void>((resolve) => {
    lower!.node.peer(higher!.node.id).once('dial:failed', () => resolve())
  })
  await higher!.node.close()
  await failed

  const again = await start(higher!.dir, address!)
  const direction = await new Promise<string>((resolve) => {
    const look = (): void => {
      const [link] = again.node.peers()[0]?.links ?? []
      if (link !== undefined) resolve(link.direction)
    }
    again.node.on('link:up', look)
    look()
  })
  expect(direction).toBe('inbound')
  expect(again.node.counts.dialAttempts).toBe(1)
}, 10_000)

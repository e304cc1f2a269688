import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Workbench } from '../../../test/library/nodes.ts'

const bench = new Workbench()
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await bench.dispose()
})

/** An address where somebody listens who is no Holdfast node. */
async function stranger(answer?: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (answer !== undefined) socket.end(answer)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(5_000) })

test('tells who answers, and disturbs nothing that is connected', async () => {
  const { alice, bob, bobAtAlice } = await bench.pair()
  const [link] = bobAtAlice.links
  const { id, connectMs, totalMs } = await alice.probe(bob.listening[0] ?? '', soon())
  expect(id).toBe(bob.id)
  expect(connectMs).toBeLessThanOrEqual(totalMs)
  expect(await bob.probe(bob.listening[0] ?? '', soon())).toMatchObject({ id: bob.id })
  expect(bobAtAlice.links).toMatchObject([{ id: link?.id, sinceMs: link?.sinceMs }])
  expect(bob.peers()).toHaveLength(1)
})

test('tells a port where nobody listens, one that is another program, and one that never answers', async () => {
  const alice = await bench.node()
  const free = await stranger()
  await new Promise((resolve) => servers.pop()?.close(resolve))
  await expect(alice.probe(free, soon())).rejects.toMatchObject({ reason: 'refused' })
  await expect(alice.probe(await stranger('SSH-2.0-OpenSSH\r\n'), soon())).rejects.toMatchObject({
    reason: 'not-holdfast',
  })
  const stop = new AbortController()
  const silent = alice.probe(await stranger(), { signal: stop.signal })
  stop.abort(new Error('It is silent'))
  await expect(silent).rejects.toThrow('It is silent')
  await expect(alice.probe('nowhere', soon())).rejects.toMatchObject({ code: 'invalid-argument' })
})

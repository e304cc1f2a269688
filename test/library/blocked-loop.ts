// A node in a thread of its own whose event loop can be blocked; blocked-loop.test.ts runs it.
import { parentPort, workerData } from 'node:worker_threads'
import { open } from '../../src/index.ts'

const port = parentPort
if (port === null) throw new Error('This file is the work of a thread; the test runs it')

const { dir } = workerData as { dir: string }
const node = await open({ dir, name: 'bob', listen: ['tcp://127.0.0.1:0'] })
node.handle('echo', (stream) => stream.pipe(stream))

port.on('message', (message: { blockMs: number } | 'close') => {
  if (message === 'close') {
    void node.close().then(() => port.close())
    return
  }
  const untilMs = performance.now() + message.blockMs
  while (performance.now() < untilMs);
})

const events = node.events()
port.postMessage({ ticket: await node.ticket() })
for await (const event of events) port.postMessage({ event })

// The process that sends, a daemon with its dashboard: the file goes out on one stream, at its pace, and what comes back is checked against it.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Daemon, openDaemon } from '../src/daemon/daemon.ts'
import { type Served, serve } from '../src/daemon/serve.ts'
import type { HoldfastStream, Peer } from '../src/index.ts'
import { now } from './clock.ts'
import { PROTOCOL, type Setup } from './messages.ts'
import { Pace } from './pace.ts'
import { FLUSH_MS_MAX, fail, listenToParent, ProgressReport, reportEvents, reportPeer, tell, watch } from './report.ts'
import { fileSource, type Source, Verifier } from './verifier.ts'

const CHUNK_BYTES_MAX = 64 * 1024
const STEP_MS = 10

let setup: Setup | undefined
let daemon: Daemon | undefined
let served: Served | undefined
let peer: Peer | undefined
let pace: Pace | undefined

async function send(endAtMs: number): Promise<void> {
  if (setup === undefined || peer === undefined) throw new Error('there is no peer to send to yet')
  const { file, size } = setup
  pace = new Pace(size, now(), endAtMs)
  const stream = await peer.openStream(PROTOCOL)
  tell({ type: 'streamOpened' })
  peer.on('session', () => tell({ type: 'session' }))
  watch(stream)
  const source = fileSource(file)
  const verifier = new Verifier(source.read, size)
  const [sourceSha256] = await Promise.all([write(stream, source.read, size, pace), receive(stream, verifier)])
  tell({ type: 'done', check: verifier.finish(), sourceSha256 })
  source.close()
}

/** Writes the file and ends the stream; answers the SHA-256 of what was read from the file. */
async function write(stream: HoldfastStream, read: Source, size: number, pace: Pace): Promise<string> {
  const hash = createHash('sha256')
  let offset = 0
  while (offset < size) {
    for (let due = pace.take(now()); due > 0; ) {
      const chunk = read(offset, Math.min(due, CHUNK_BYTES_MAX))
      if (chunk.length === 0) throw new Error(`the file has become shorter than ${size} bytes while it was sent`)
      hash.update(chunk)
      offset += chunk.length
      due -= chunk.length
      if (!stream.write(chunk)) await once(stream, 'drain')
    }
    await sleep(STEP_MS)
  }
  await stream.close()
  return hash.digest('hex')
}

/** Takes what comes back, to its end. */
async function receive(stream: HoldfastStream, verifier: Verifier): Promise<void> {
  const progress = new ProgressReport()
  stream.on('data', (chunk: Buffer) => {
    verifier.feed(chunk)
    progress.moved(chunk.length)
  })
  await once(stream, 'end')
}

listenToParent(async (message) => {
  switch (message.type) {
    case 'setup':
      setup = message
      daemon = await openDaemon({ node: { dir: message.dir, name: 'sender', listen: [], discovery: { mdns: false } } })
      reportEvents(daemon.node).catch((error: unknown) => fail('the events', error))
      served = await serve(daemon, { port: 0 })
      return tell({ type: 'ready', dashboard: `${served.url}/#token=${served.token}` })
    case 'pair':
      peer = await daemon?.node.pair(message.ticket)
      if (peer !== undefined) reportPeer(peer)
      return tell({ type: 'paired' })
    case 'send':
      return send(message.endAtMs)
    case 'pace':
      return pace?.aimFor(message.endAtMs, message.released)
    case 'stop':
      await served?.close()
      await daemon?.close({ flushTimeoutMs: FLUSH_MS_MAX })
      process.exit(0)
  }
})

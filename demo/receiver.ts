// The process that receives: checks what arrives against the file and sends the same bytes back on the same stream.
import { type HoldfastStream, type Node, open } from '../src/index.ts'
import { PROTOCOL, type Setup } from './messages.ts'
import { FLUSH_MS_MAX, fail, listenToParent, ProgressReport, reportEvents, reportPeer, tell, watch } from './report.ts'
import { fileSource, Verifier } from './verifier.ts'

let node: Node | undefined

async function start({ dir, file, size, listen, advertise }: Setup): Promise<void> {
  node = await open({ dir, name: 'receiver', listen: [listen], advertise: [advertise], discovery: { mdns: false } })
  reportEvents(node).catch((error: unknown) => fail('the events', error))
  let streams = 0
  node.handle(PROTOCOL, (stream, peer) => {
    tell({ type: 'streamOpened' })
    // A second stream is counted, and fails the run; it is not served.
    if (++streams > 1) return stream.reset(1)
    peer.on('session', () => tell({ type: 'session' }))
    echo(stream, file, size)
  })
  node.once('paired', reportPeer)
  tell({ type: 'ready', ticket: await node.ticket() })
}

function echo(stream: HoldfastStream, file: string, size: number): void {
  const source = fileSource(file)
  const verifier = new Verifier(source.read, size)
  const progress = new ProgressReport()
  watch(stream)
  stream.on('data', (chunk: Buffer) => {
    verifier.feed(chunk)
    progress.moved(chunk.length)
    if (stream.write(chunk)) return
    stream.pause()
    stream.once('drain', () => stream.resume())
  })
  stream.on('end', () => {
    const check = verifier.finish()
    source.close()
    stream.close().then(
      () => tell({ type: 'done', check }),
      (error: unknown) => fail('the stream could not be closed', error),
    )
  })
}

listenToParent(async (message) => {
  if (message.type === 'setup') await start(message)
  if (message.type === 'stop') {
    await node?.close({ flushTimeoutMs: FLUSH_MS_MAX })
    process.exit(0)
  }
})

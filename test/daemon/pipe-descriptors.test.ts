// Standard input and output of a command, which the daemon opens for itself (docs/decisions/031-descriptors-of-a-command.md). This process plays the command.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Daemon } from '../../src/daemon/daemon.ts'
import { connectLocally } from '../../src/daemon/local-socket.ts'
import type { Served } from '../../src/daemon/serve.ts'
import type { HoldfastStream } from '../../src/index.ts'
import { deliveredFrame, doneFrame, endFrame, FrameReader } from '../../src/services/pipe/frames.ts'
import { pipeProtocol, pipeResets } from '../../src/services/pipe/protocol.ts'
import { readAll } from '../library/nodes.ts'
import { DaemonBench } from './daemons.ts'
import { ask, bearer } from './http.ts'
import { askForPipe, type ClientPipe, dataFrame, failureOf } from './pipe-client.ts'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants

const bench = new DaemonBench()
const handles: FileHandle[] = []
afterEach(async () => {
  await bench.dispose()
  for (const handle of handles.splice(0)) await handle.close()
})

let alice: Daemon
let bob: Daemon
let served: Served
let folder: string
beforeEach(async () => {
  ;({ alice, bob } = await bench.pair())
  served = await bench.serve(alice)
  folder = await bench.folder()
})

async function opened(name: string, flags: number): Promise<FileHandle> {
  const handle = await open(resolve(folder, name), flags)
  handles.push(handle)
  return handle
}

/** Both ends of a pipe of the system; it is never without a reader and a writer. */
async function fifo(): Promise<FileHandle & { readonly path: string }> {
  const path = join(folder, `fifo-${handles.length}`)
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
  return Object.assign(await opened(path.slice(folder.length + 1), O_RDWR | O_NONBLOCK), { path })
}

function offer({ fd }: FileHandle): string {
  const { dev, ino } = fstatSync(fd, { bigint: true })
  return `${process.pid} ${fd} ${dev} ${ino}`
}

interface Offers {
  readonly input?: string
  readonly output?: string
}

const headersOf = ({ input, output }: Offers): Record<string, string> => ({
  ...(input !== undefined && { 'Holdfast-Input': input }),
  ...(output !== undefined && { 'Holdfast-Output': output }),
})

/** A pipe from alice to bob, and bob's end of it. */
interface Opened {
  readonly client: ClientPipe
  readonly stream: HoldfastStream
  /** What the daemon reads or writes itself. */
  readonly taken: readonly string[]
}

async function pipe(offers: Offers): Promise<Opened> {
  const atBob = new Promise<HoldfastStream>((resolve) => bob.node.handle(pipeProtocol, resolve))
  const client = await askLocally(offers)
  return { client, stream: await atBob, taken: takenBy(client) }
}

async function askLocally(offers: Offers): Promise<ClientPipe> {
  const client = await askForPipe({
    path: `/api/v1/peers/${bob.node.id}/pipe`,
    headers: headersOf(offers),
    createConnection: () => connectLocally(alice.context.dir),
  })
  client.socket.on('error', () => undefined)
  return client
}

function takenBy({ headers }: ClientPipe): string[] {
  return ['input', 'output'].filter((edge) => headers[`holdfast-${edge}`] === 'taken')
}

const outcomeOf = async ({ headers }: ClientPipe): Promise<unknown> =>
  (await ask(served, `/api/v1/pipes/${String(headers['holdfast-pipe'])}`, { headers: bearer(served) })).json()

/** The payloads of all DATA, one behind the other. */
function payloadOf(frames: Uint8Array): Buffer {
  const payloads: Uint8Array[] = []
  new FrameReader().read(frames, {
    data: (bytes) => void payloads.push(bytes),
    end() {},
    delivered() {},
    done() {},
  })
  return Buffer.concat(payloads)
}

/** A pipe of the system that is open and empty. */
function nothingYet(error: NodeJS.ErrnoException): { bytesRead: number } {
  if (error.code !== 'EAGAIN') throw error
  return { bytesRead: 0 }
}

/**
 * Both sides bring the pipe to its end, where the peer has sent `receivedBytes`. The client hears that an output of the daemon's has ended when that has taken everything, and
 * of an input that the peer has everything. Resolves with what the peer got.
 */
async function complete({ client, stream }: Opened, receivedBytes = 0): Promise<Buffer> {
  const outcome = outcomeOf(client)
  const heard = client.socket.iterator({ destroyOnReturn: false })
  const peer = listenTo(stream)
  stream.write(endFrame(receivedBytes))
  client.socket.write(endFrame(0))
  expect(hex((await heard.next()).value as Uint8Array)).toBe(hex(endFrame(0)))
  stream.end(Buffer.concat([deliveredFrame(await peer.ended), doneFrame()]))
  client.socket.end(Buffer.concat([deliveredFrame(0), doneFrame()]))
  expect(hex(await readAll(heard))).toBe(hex(Buffer.concat([deliveredFrame(0), doneFrame()])))
  expect(await outcome).toMatchObject({ outcome: 'complete' })
  expect(await peer.delivered).toBe(receivedBytes)
  await peer.done
  return Buffer.concat(peer.payloads)
}

interface PeerSide {
  readonly payloads: readonly Uint8Array[]
  readonly ended: Promise<number>
  readonly delivered: Promise<number>
  readonly done: Promise<void>
}

/** What the daemon says to the peer. */
function listenTo(stream: HoldfastStream): PeerSide {
  const payloads: Uint8Array[] = []
  const [ended, delivered] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
  const done = Promise.withResolvers<void>()
  const reader = new FrameReader()
  stream.on('data', (chunk: Uint8Array) =>
    reader.read(chunk, {
      data: (bytes) => void payloads.push(bytes),
      end: ended.resolve,
      delivered: delivered.resolve,
      done: done.resolve,
    }),
  )
  return { payloads, ended: ended.promise, delivered: delivered.promise, done: done.promise }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe.runIf(process.platform === 'linux')('a daemon on the machine of the command', () => {
  it('reads a file from where it stands and writes to a pipe, and the connection carries the end alone', async () => {
    const content = Buffer.alloc(2_000_000, 'from a file ')
    await writeFile(join(folder, 'input'), content)
    const input = await opened('input', O_RDONLY)
    readSync(input.fd, Buffer.alloc(1_000_000))
    const output = await fifo()
    const pair = await pipe({ input: offer(input), output: offer(output) })
    expect(pair.taken).toEqual(['input', 'output'])
    const written = readAll(createReadStream('', { fd: openSync(output.path, O_RDONLY) }))
    // The reader sees the end when this process has closed its descriptor, and the daemon its own.
    await handles.pop()?.close()
    pair.stream.write(Buffer.concat([dataFrame(500_000), dataFrame(500_000)]))
    const sent = await complete(pair, 1_000_000)
    expect(sent.equals(content.subarray(1_000_000))).toBe(true)
    expect((await written).equals(payloadOf(Buffer.concat([dataFrame(500_000), dataFrame(500_000)])))).toBe(true)
  })

  it('appends to a file that is appended to, and drops what goes to /dev/null', async () => {
    await writeFile(join(folder, 'output'), 'before ')
    for (const output of [await opened('output', O_WRONLY | O_APPEND), await opened('/dev/null', O_RDWR)]) {
      const pair = await pipe({ output: offer(output) })
      expect(pair.taken).toEqual(['output'])
      pair.stream.write(dataFrame(500_000))
      await complete(pair, 500_000)
    }
    expect(
      (await readFile(join(folder, 'output'))).equals(
        Buffer.concat([Buffer.from('before '), payloadOf(dataFrame(500_000))]),
      ),
    ).toBe(true)
  })

  it('leaves to the command what it could not carry as well', async () => {
    const output = await opened('written-over', O_WRONLY | O_CREAT)
    const { taken } = await pipe({ output: offer(output) })
    expect(taken).toEqual([])
    const device = await opened('/dev/zero', O_RDWR)
    expect((await pipe({ input: offer(device), output: offer(device) })).taken).toEqual([])
    const readOnly = await opened('written-over', O_RDONLY | O_APPEND)
    expect((await pipe({ output: offer(readOnly) })).taken).toEqual([])
    const writeOnly = await opened('written-over', O_WRONLY | O_APPEND)
    expect((await pipe({ input: offer(writeOnly) })).taken).toEqual([])
  })

  it('opens nothing that is not the very file that was offered, and nothing for what is no offer', async () => {
    await writeFile(join(folder, 'mine'), 'secret')
    const input = await opened('mine', O_RDONLY)
    const [processId, descriptor, device, inode] = offer(input).split(' ')
    for (const wrong of [
      `${processId} ${descriptor} ${device} ${Number(inode) + 1}`,
      `${processId} ${descriptor} ${Number(device) + 1} ${inode}`,
      `${processId} 9999999 ${device} ${inode}`,
      `4194305 ${descriptor} ${device} ${inode}`,
      `self ${descriptor} ${device} ${inode}`,
      `${processId} ../fd/${descriptor} ${device} ${inode}`,
      '',
      '1'.repeat(4_000),
    ]) {
      const { client, stream, taken } = await pipe({ input: wrong })
      expect(taken).toEqual([])
      client.socket.write(dataFrame(7))
      expect((await once(stream, 'data'))[0]).toEqual(dataFrame(7))
      client.socket.destroy()
    }
  })

  it('opens nothing for a request over TCP, whoever sent it', async () => {
    await writeFile(join(folder, 'mine'), 'secret')
    const input = await opened('mine', O_RDONLY)
    const { hostname, port } = new URL(served.url)
    const client = await askForPipe({
      hostname,
      port,
      path: `/api/v1/peers/${bob.node.id}/pipe`,
      headers: { ...bearer(served), ...headersOf({ input: offer(input) }) },
    })
    expect(takenBy(client)).toEqual([])
    client.socket.destroy()
  })

  it('gives the pipe up when the reader of the output has ended, and says so to both sides', async () => {
    const output = await fifo()
    const { client, stream, taken } = await pipe({ output: offer(output) })
    expect(taken).toEqual(['output'])
    // The last reader: the daemon has a writer alone.
    await handles.pop()?.close()
    const failed = failureOf(stream)
    const outcome = outcomeOf(client)
    stream.write(dataFrame(500_000))
    expect(await failed).toMatchObject({ resetCode: pipeResets.readerGone })
    expect(await outcome).toMatchObject({ outcome: 'given-up', code: 'reader-gone' })
  })

  it('waits for a slow reader, and loses nothing', async () => {
    const output = await fifo()
    const pair = await pipe({ output: offer(output) })
    const frames = Buffer.concat(Array.from({ length: 10 }, () => dataFrame(500_000)))
    const sentBytes = payloadOf(frames).length
    let isTaken = false
    pair.stream.write(frames, () => (isTaken = true))
    const pieces: Buffer[] = []
    for (let readBytes = 0; readBytes < sentBytes; ) {
      const piece = Buffer.alloc(50_000)
      const { bytesRead } = await output.read(piece, 0, piece.length).catch(nothingYet)
      // The windows hold less than that, so the rest waits at the peer.
      if (readBytes === 0) expect(isTaken).toBe(false)
      if (bytesRead === 0) await new Promise(setImmediate)
      pieces.push(piece.subarray(0, bytesRead))
      readBytes += bytesRead
    }
    expect(Buffer.concat(pieces).equals(payloadOf(frames))).toBe(true)
    await complete(pair, sentBytes)
  })

  it('sees the end of a named pipe whose writer had gone before the daemon opened it', async () => {
    const input = await fifo()
    const path = input.path.slice(folder.length + 1)
    for (const text of ['the whole of it', '']) {
      const reader = await opened(path, O_RDONLY | O_NONBLOCK)
      if (text !== '') await input.write(text)
      // The only writer, and `reader` keeps what was written.
      if (text !== '') await handles.shift()?.close()
      const pair = await pipe({ input: offer(reader) })
      expect(pair.taken).toEqual(['input'])
      expect((await complete(pair)).toString()).toBe(text)
    }
  })

  it('notices a peer that ends the pipe as soon as it comes', async () => {
    await writeFile(join(folder, 'input'), 'some bytes')
    const input = await opened('input', O_RDONLY)
    bob.node.handle(pipeProtocol, (stream) => stream.reset(pipeResets.busy))
    for (let count = 0; count < 30; count++) {
      const client = await askLocally({ input: offer(input) })
      expect(await outcomeOf(client)).toMatchObject({ outcome: 'reset', resetCode: pipeResets.busy })
    }
  })

  it('closes what it has opened when the command dies, so that the program before it sees a broken pipe', async () => {
    const input = await fifo()
    const { client, stream, taken } = await pipe({ input: offer(input) })
    expect(taken).toEqual(['input'])
    const writer = await opened(input.path.slice(folder.length + 1), O_WRONLY | O_NONBLOCK)
    await writer.write('the last words')
    expect(payloadOf((await once(stream, 'data'))[0] as Buffer).toString()).toBe('the last words')
    const failed = failureOf(stream)
    client.socket.destroy()
    expect(await failed).toMatchObject({ resetCode: pipeResets.aborted })
    expect(await outcomeOf(client)).toMatchObject({ outcome: 'given-up' })
    // This process reads no more, and neither does the daemon.
    await handles.shift()?.close()
    await expect(writer.write('nobody reads this')).rejects.toMatchObject({ code: 'EPIPE' })
  })
})

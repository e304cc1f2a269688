// What takes a command's standard output, and how much of it came so far.
import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Output } from './case.ts'
import { pipeBytesMax, readableFifo } from './fifo.ts'

/** So many bytes more than can come are kept, to show that they came. */
const excessBytesMax = 1_048_576
/** The end comes as soon as no process has the other end open any more. */
const endMsMax = 5_000
const slowTickMs = 10
const pageBytes = 4_096

export class Sink {
  /** To be the command's standard output. */
  fd: number | undefined
  /** So much can be written before the output fails; undefined where it takes everything. */
  takesBytesMax: number | undefined
  readonly #output: Output
  readonly #bytesMax: number
  readonly #chunks: Buffer[] = []
  #pipedBytes = 0
  readonly #socket: Socket | undefined
  #file: number | undefined
  #ticks: NodeJS.Timeout | undefined
  readonly #ended = Promise.withResolvers<void>()

  /** `expectedBytes` are to come at most. */
  constructor(output: Output, expectedBytes: number, path: string) {
    this.#output = output
    this.#bytesMax = expectedBytes + excessBytesMax
    if (output.kind === 'file') {
      this.fd = this.#file = openSync(path, 'w+')
      // It is there as long as it is open.
      unlinkSync(path)
    } else if (output.kind === 'full') this.fd = this.#openFull(output.roomBytes, path)
    else {
      const { fd, socket } = readableFifo(path)
      this.fd = fd
      this.#socket = socket
      socket.on('error', () => undefined)
      socket.on('close', () => this.#ended.resolve())
      socket.on('data', (chunk: Buffer) => this.#take(chunk))
      if (output.kind === 'slow') this.#readSlowly(socket, expectedBytes / output.overMs)
      if (output.kind === 'closed' && output.afterBytes === 0) this.#leave()
    }
  }

  get bytes(): number {
    return this.#file === undefined ? this.#pipedBytes : fstatSync(this.#file).size
  }

  /** The command has its own copy. A file is read through the same one. */
  handedOver(): void {
    if (this.fd !== undefined && this.fd !== this.#file) closeSync(this.fd)
    this.fd = undefined
  }

  /** All that was written, once the command has ended. */
  async content(): Promise<Buffer> {
    if (this.#file !== undefined) {
      const bytes = Buffer.alloc(Math.min(this.bytes, this.#bytesMax))
      readSync(this.#file, bytes, 0, bytes.length, 0)
      return bytes
    }
    if (this.#socket !== undefined) {
      this.#readAtOnce()
      this.#socket.resume()
      await Promise.race([this.#ended.promise, sleep(endMsMax, undefined, { ref: false })])
    }
    return Buffer.concat(this.#chunks)
  }

  close(): void {
    this.#readAtOnce()
    this.handedOver()
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#socket?.destroy()
  }

  #take(chunk: Buffer): void {
    this.#pipedBytes += chunk.length
    if (this.#pipedBytes <= this.#bytesMax) this.#chunks.push(chunk)
    if (this.#ticks !== undefined) this.#socket?.pause()
    if (this.#output.kind === 'closed' && this.#pipedBytes >= this.#output.afterBytes) this.#leave()
  }

  #leave(): void {
    this.takesBytesMax ??= this.#pipedBytes + pipeBytesMax
    this.#socket?.destroy()
  }

  #readAtOnce(): void {
    clearInterval(this.#ticks)
    this.#ticks = undefined
  }

  /** Takes what is due at this rate. A read is up to a pipe full, and the next waits until it is due. */
  #readSlowly(socket: Socket, bytesPerMs: number): void {
    const startedMs = performance.now()
    this.#ticks = setInterval(() => {
      if (this.#pipedBytes <= (performance.now() - startedMs) * bytesPerMs) socket.resume()
    }, slowTickMs)
  }

  /** A file on a disk of its own. Where none can be mounted, a disk that is always full takes its place. */
  #openFull(roomBytes: number, path: string): number {
    this.#file = openOnDisk(roomBytes, path)
    this.takesBytesMax = this.#file === undefined ? 0 : roomBytes
    return this.#file ?? openSync('/dev/full', 'w')
  }
}

/** A file on a disk with so much room. The disk is detached at once and lives as long as the file is open, so nothing is left of it however this process ends. */
function openOnDisk(roomBytes: number, path: string): number | undefined {
  mkdirSync(path)
  // A disk without any room cannot be made: one page of it is taken already.
  const options = ['-t', 'tmpfs', '-o', `size=${roomBytes + pageBytes},mode=0700`, 'none', path]
  const isMounted = process.getuid?.() === 0 && spawnSync('mount', options).status === 0
  try {
    if (!isMounted) return undefined
    writeFileSync(join(path, 'taken'), Buffer.alloc(pageBytes))
    return openSync(join(path, 'file'), 'w+')
  } finally {
    if (isMounted) spawnSync('umount', ['--lazy', path])
    rmdirSync(path)
  }
}

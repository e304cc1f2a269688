// What a command reads as its standard input, and how much of it was given so far.
import { createCipheriv, createHash } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Input, inputBytes } from './case.ts'
import { writableFifo } from './fifo.ts'

const chunkBytesMax = 65_536
const lineBytes = 64
const controlD = '\u0004'

/** Bytes that the name repeats. */
function contentOf(name: string, { kind }: Input, bytes: number): Buffer {
  const key = createHash('sha256').update(name).digest()
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16))
  const random = cipher.update(Buffer.alloc(bytes))
  return kind === 'terminal' ? typed(random) : random
}

/** Lines that a terminal hands on as they are. */
function typed(random: Buffer): Buffer {
  const text = random.toString('hex').slice(0, random.length)
  const lines = Buffer.from(text)
  for (let at = lineBytes - 1; at < lines.length; at += lineBytes) lines[at] = 0x0a
  if (lines.length > 0) lines[lines.length - 1] = 0x0a
  return lines
}

export class Source {
  readonly input: Input
  readonly content: Buffer
  /** To be the command's standard input; undefined for a terminal. */
  fd: number | undefined
  givenBytes = 0
  /** When the input has ended, in milliseconds of `performance.now`. */
  endedAtMs: number | undefined
  readonly #socket: Socket | undefined
  #type: ((text: Buffer | string) => void) | undefined
  readonly #released = Promise.withResolvers<void>()
  readonly #over = new AbortController()

  constructor(input: Input, name: string, path: string) {
    this.input = input
    this.content = contentOf(name, input, inputBytes(input))
    if (input.kind === 'empty') this.fd = openSync('/dev/null', 'r')
    if (input.kind === 'file') {
      writeFileSync(path, this.content)
      this.fd = openSync(path, 'r')
      unlinkSync(path)
    }
    if (input.kind === 'pipe' || input.kind === 'idle') {
      const { fd, socket } = writableFifo(path)
      // A command that has ended reads no more.
      socket.on('error', () => undefined)
      this.fd = fd
      this.#socket = socket
    }
    if (input.kind === 'empty' || input.kind === 'file') {
      this.givenBytes = this.content.length
      this.endedAtMs = performance.now()
    }
  }

  /** By which it types, once there is a terminal. */
  set terminal(type: (text: Buffer | string) => void) {
    this.#type = type
  }

  /** What is given before it falls silent. */
  get firstBytes(): number {
    return this.input.kind === 'empty' ? 0 : this.input.bytes
  }

  /** Whether all was given that comes before `release`. */
  get gaveFirst(): boolean {
    return this.givenBytes >= this.firstBytes
  }

  /** The command has its own copy. */
  handedOver(): void {
    if (this.fd !== undefined) closeSync(this.fd)
    this.fd = undefined
  }

  /** Gives what the input says, until it has ended or is closed. */
  async give(): Promise<void> {
    const { input } = this
    if (input.kind === 'pipe') {
      await sleep(input.waitMs, undefined, { signal: this.#over.signal }).catch(() => undefined)
      await this.#write(input.bytes)
      this.#end()
    } else if (input.kind === 'idle') {
      await this.#write(input.bytes)
      await this.#released.promise
      if (input.later === 'silence') return
      await this.#write(this.content.length)
      this.#end()
    } else if (input.kind === 'terminal') {
      this.#type?.(this.content)
      this.givenBytes = this.content.length
      await this.#released.promise
      if (!input.ends) return
      this.#type?.(controlD)
      this.endedAtMs = performance.now()
    }
  }

  /** The wait of an idle input, or of a person at the terminal, is over. */
  release(): void {
    this.#released.resolve()
  }

  close(): void {
    this.#over.abort()
    this.#released.resolve()
    this.handedOver()
    this.#socket?.destroy()
  }

  /** Writes up to this offset, no faster than it is read. */
  async #write(upTo: number): Promise<void> {
    while (this.givenBytes < upTo && !this.#over.signal.aborted) {
      const chunk = this.content.subarray(this.givenBytes, Math.min(upTo, this.givenBytes + chunkBytesMax))
      const isTaken = await new Promise<boolean>((resolve) => {
        this.#socket?.write(chunk, (error) => resolve(!error))
        this.#over.signal.addEventListener('abort', () => resolve(false), { once: true })
      })
      if (!isTaken) return
      this.givenBytes += chunk.length
    }
  }

  #end(): void {
    if (this.givenBytes < this.content.length || this.#over.signal.aborted) return
    this.#socket?.end()
    this.endedAtMs = performance.now()
  }
}

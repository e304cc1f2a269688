import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { OneATurn } from './one-a-turn.ts'

/** A certificate that fits under the cap can still take OpenSSL some milliseconds. */
const turns = new OneATurn()

/**
 * A TCP connection between whose other end and OpenSSL the bytes of the handshake are counted: OpenSSL works for a second on 100 kB of certificates, and
 * cannot be told to stop. Node reads a connection in pieces of 64 KiB, so counting afterwards would be too late. What may pass waits for its turn, so that many such
 * connections hold up nobody together. It costs throughput, so it is used where the other end is trusted with nothing.
 */
export class CappedSocket extends Duplex {
  readonly #socket: Socket
  #bytesLeft: number
  /** What has come and waits for its turn. */
  #waiting: Buffer | undefined
  readonly #handOn = (): void => this.#handOver()

  /** `bytesMax`: what the other side may send until `lift`. `first` has come already, and is not counted. */
  constructor(socket: Socket, bytesMax: number, first?: Uint8Array) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    this.#bytesLeft = bytesMax
    if (first !== undefined) this.push(first)
    socket.on('data', (bytes: Buffer) => this.#received(bytes))
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** The handshake is done. */
  lift(): void {
    this.#bytesLeft = Infinity
    if (!this.isPaused()) this.#socket.resume()
  }

  override _read(): void {
    if (this.#waiting === undefined) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#sent(this.#socket.write(chunk), done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    this.#socket.cork()
    let hasRoom = true
    for (const { chunk } of chunks) hasRoom = this.#socket.write(chunk)
    this.#socket.uncork()
    this.#sent(hasRoom, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    turns.takeBack(this.#handOn)
    this.#waiting = undefined
    this.#socket.destroy()
    done(error)
  }

  #sent(hasRoom: boolean, done: () => void): void {
    if (hasRoom) done()
    else this.#socket.once('drain', done)
  }

  #received(bytes: Buffer): void {
    if (this.#bytesLeft === Infinity) {
      if (!this.push(bytes)) this.#socket.pause()
      return
    }
    this.#socket.pause()
    this.#waiting = this.#waiting === undefined ? bytes : Buffer.concat([this.#waiting, bytes])
    turns.add(this.#handOn)
  }

  #handOver(): void {
    const bytes = this.#waiting
    if (bytes === undefined) return
    this.#waiting = undefined
    // What follows the handshake may come together with its end, which `lift` is called at as soon as OpenSSL has it.
    const allowed = bytes.subarray(0, this.#bytesLeft)
    this.#bytesLeft -= allowed.length
    const hasRoom = this.push(allowed)
    if (this.destroyed) return
    const rest = bytes.subarray(allowed.length)
    if (rest.length > 0 && this.#bytesLeft !== Infinity) {
      this.destroy(new Error('The other side sent more than a handshake has'))
      return
    }
    if (rest.length === 0 ? hasRoom : this.push(rest)) this.#socket.resume()
  }
}

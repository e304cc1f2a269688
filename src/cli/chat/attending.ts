import { randomUUID } from 'node:crypto'
import type { ApiClient } from '../../daemon/client.ts'

/** What is said holds for a minute. */
const repeatMs = 25_000

/** A person has conversations open here, until it is ended; the other sides are told. */
export class Attending {
  readonly #api: ApiClient
  readonly #peers: readonly string[]
  readonly #key = randomUUID()
  readonly #timer: NodeJS.Timeout

  constructor(api: ApiClient, peers: readonly string[]) {
    this.#api = api
    this.#peers = peers
    this.#timer = setInterval(() => this.#say(), repeatMs)
    this.#say()
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#api.leave(this.#key).catch(() => undefined)
  }

  #say(): void {
    // A daemon that has gone comes back; a chat without presence is a chat all the same.
    this.#api.attend(this.#key, this.#peers).catch(() => undefined)
  }
}

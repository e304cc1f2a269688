import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ApiRequest, ApiResponse } from './client.ts'
import { connectLocally } from './local-socket.ts'

// An import of it loads all of `fetch` as well, for a name that it exports: 60 ms of each command.
const { request } = process.getBuiltinModule('node:http')

/** Calls the API over the Unix socket of a node's folder, with a connection for each request. Rejects with the system's error, or the signal's reason. */
export async function fetchLocally(
  dir: string,
  path: string,
  { method, headers, body = '', signal }: ApiRequest,
): Promise<ApiResponse> {
  try {
    return await new Promise<ApiResponse>((resolve, reject) => {
      request({
        path,
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        createConnection: () => connectLocally(dir),
        ...(signal && { signal }),
      })
        .on('response', (response) => resolve(new LocalResponse(response)))
        .on('error', reject)
        .end(body)
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

class LocalResponse implements ApiResponse {
  readonly #incoming: IncomingMessage
  readonly headers = { get: (name: string): string | null => this.#header(name) }

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
    // A connection whose answer nobody reads would stay.
    if (this.status === 204 || this.status === 304) incoming.resume()
  }

  get status(): number {
    return this.#incoming.statusCode ?? 0
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return Readable.toWeb(this.#incoming) as ReadableStream<Uint8Array<ArrayBuffer>>
  }

  text(): Promise<string> {
    return text(this.#incoming)
  }

  #header(name: string): string | null {
    const value = this.#incoming.headers[name.toLowerCase()]
    return value === undefined ? null : String(value)
  }
}

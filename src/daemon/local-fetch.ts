import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { connectLocally } from './local-socket.ts'

const statusesWithoutBody: ReadonlySet<number> = new Set([204, 304])

/** `fetch` over the Unix socket of a node's folder, with a connection for each request. Rejects with the system's error, or the signal's reason. */
export async function fetchLocally(dir: string, asked: Request): Promise<Response> {
  const { pathname, search } = new URL(asked.url)
  const body = Buffer.from(await asked.arrayBuffer())
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method, signal } = asked
      const headers = { ...Object.fromEntries(asked.headers), 'content-length': body.length }
      request({ path: pathname + search, method, headers, signal, createConnection: () => connectLocally(dir) })
        .on('response', resolve)
        .on('error', reject)
        .end(body)
    })
    return responseOf(response)
  } catch (error) {
    asked.signal.throwIfAborted()
    throw error
  }
}

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, headers } = incoming
  const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
  if (statusesWithoutBody.has(status)) incoming.resume()
  const body = statusesWithoutBody.has(status) ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
  return new Response(body, { status, headers: fields })
}

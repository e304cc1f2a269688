import { type IncomingHttpHeaders, request } from 'node:http'
import type { Served } from '../../src/daemon/serve.ts'
import { readAll } from '../library/nodes.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON. */
  json(): unknown
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** A request with headers exactly as they are given: `fetch` would not send `Host` and `Origin` of one's own. */
export function ask(
  { url }: Pick<Served, 'url'>,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isChunked = 'Transfer-Encoding' in headers || body === undefined
    const length: Record<string, string> = isChunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const asked = request(`${url}${path}`, { method, headers: { ...length, ...headers }, agent: false })
    asked.on('error', reject)
    asked.on('response', (response) => {
      const { statusCode: status = 0, headers: got } = response
      readAll(response).then((bytes) => {
        const text = bytes.toString()
        resolve({ status, headers: got, text, json: () => JSON.parse(text) as unknown })
      }, reject)
    })
    asked.end(body)
  })
}

export function bearer({ token }: Pick<Served, 'token'>): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}

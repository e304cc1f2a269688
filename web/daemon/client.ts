import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { CutOffError, ProblemError, TokenError } from './errors.ts'

/** Longer than any answer takes but that of a pairing, which waits for another machine. */
const ANSWER_MS_MAX = 5_000
const SLOW_ANSWER_MS_MAX = 60_000
/** The daemon writes to an event stream every 15 s, if only a comment; one that is silent for longer is dead. */
const SILENCE_MS_MAX = 40_000

/** Longer events are not the daemon's; the stream is given up. */
const EVENT_CHARACTERS_MAX = 1_000_000

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Speaks to the daemon that served this page. */
export class Client {
  readonly #token: () => string | undefined

  constructor(token: () => string | undefined) {
    this.#token = token
  }

  get<T>(path: string): Promise<T> {
    return this.#call('GET', path, undefined, ANSWER_MS_MAX)
  }

  post<T>(path: string, body?: object, { isSlow = false } = {}): Promise<T> {
    return this.#call('POST', path, body, isSlow ? SLOW_ANSWER_MS_MAX : ANSWER_MS_MAX)
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#call('PATCH', path, body, ANSWER_MS_MAX)
  }

  delete(path: string): Promise<void> {
    return this.#call('DELETE', path, undefined, ANSWER_MS_MAX)
  }

  /** What happens at the daemon, after the event `afterId` if it is given, until the stream breaks or `signal` ends it; both throw. */
  async *events(afterId: string | undefined, signal: AbortSignal): AsyncGenerator<EventSourceMessage> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), ANSWER_MS_MAX)
    const headers = afterId === undefined ? {} : { 'Last-Event-ID': afterId }
    const response = await this.#fetch('GET', 'events', headers, undefined, AbortSignal.any([signal, silence.signal]))
    const reader = response.body?.getReader()
    const decoder = new TextDecoder()
    let events: EventSourceMessage[] = []
    const parser = createParser({ maxBufferSize: EVENT_CHARACTERS_MAX, onEvent: (event) => events.push(event) })
    try {
      for (;;) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX)
        const piece = await reader?.read()
        if (piece?.value === undefined) throw new CutOffError('The daemon ended the event stream')
        parser.feed(decoder.decode(piece.value, { stream: true }))
        const whole = events
        events = []
        yield* whole
      }
    } catch (error) {
      throw error instanceof CutOffError ? error : new CutOffError('The event stream broke', { cause: error })
    } finally {
      clearTimeout(timer)
      await reader?.cancel().catch(() => undefined)
    }
  }

  async #call<T>(method: Method, path: string, body: object | undefined, timeoutMs: number): Promise<T> {
    const response = await this.#fetch(method, path, {}, body, AbortSignal.timeout(timeoutMs))
    if (response.status === 204) return undefined as T
    try {
      return (await response.json()) as T
    } catch (error) {
      throw new CutOffError('The answer of the daemon broke off', { cause: error })
    }
  }

  async #fetch(
    method: Method,
    path: string,
    headers: Record<string, string>,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const token = this.#token()
    if (token === undefined) throw new TokenError(false)
    const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const init: RequestInit = {
      method,
      signal,
      cache: 'no-store',
      headers: { ...headers, ...type, Authorization: `Bearer ${token}` },
    }
    if (body !== undefined) init.body = JSON.stringify(body)
    let response: Response
    try {
      response = await fetch(`api/v1/${path}`, init)
    } catch (error) {
      throw new CutOffError('The daemon does not answer', { cause: error })
    }
    if (response.ok) return response
    if (response.status === 401) throw new TokenError(true)
    throw await problemOf(response)
  }
}

async function problemOf(response: Response): Promise<ProblemError> {
  const problem: unknown = await response.json().catch(() => undefined)
  const { code, detail, title } = (problem ?? {}) as Record<string, unknown>
  const text = [detail, title].find((part) => typeof part === 'string' && part !== '')
  return new ProblemError(
    response.status,
    typeof code === 'string' ? code : 'unknown',
    typeof text === 'string' ? text : `The daemon answered with status ${response.status}`,
  )
}

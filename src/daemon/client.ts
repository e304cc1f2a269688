// The API from the other side of the wire: what the command line asks of a daemon, in another process or in its own.
import { HoldfastError } from '../core/errors.ts'
import type {
  ChatAttendance,
  ChatConversationList,
  ChatConversationView,
  ChatMessageList,
  ChatMessageView,
  ChatPageQuery,
} from './contract/chat.ts'
import type { ConfigReload, ConfigView } from './contract/config.ts'
import type { DoctorReport } from './contract/doctor.ts'
import type { EventView, LogPage } from './contract/event.ts'
import type { NearbyList, PairingRequestView, PairingWindow, TicketView } from './contract/pairing.ts'
import type { OutageList, PeerPatch, PeerView, PingResult } from './contract/peer.ts'
import type { PipeEnd, PipeOutcome } from './contract/pipe.ts'
import type { Problem } from './contract/problem.ts'
import type { StatusView } from './contract/status.ts'
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.ts'
import { VERSION_HEADER, version } from './version.ts'

export interface ApiRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** What is used of a `Response`. The class itself is not: to load it takes a third of the time of a short command. */
export interface ApiResponse extends Pick<Response, 'ok' | 'status' | 'body' | 'text'> {
  readonly headers: Pick<Headers, 'get'>
}

/** Calls the API: over a socket, or as `request` of an app in this process. */
export type Fetch = (path: string, request: ApiRequest) => ApiResponse | Promise<ApiResponse>

/** What people can do to a peer by one word. */
export type PeerAction = 'pause' | 'resume' | 'reconnect' | 'block' | 'unblock'

/** The daemon refused, or could not do, what it was asked for. `code` is its problem's: one of docs/errors.md. */
export class ApiError extends HoldfastError {
  override readonly code: string
  /** Of HTTP. */
  readonly status: number
  constructor({ code, status, detail }: Pick<Problem, 'code' | 'status' | 'detail'>) {
    super(detail)
    this.code = code
    this.status = status
  }
}

/** Problems of a request that has no place in the API, or not in that form. */
const misfits: ReadonlySet<string> = new Set(['not-found', 'method-not-allowed', 'invalid-request'])

/** Something answered that is not the API of a daemon of this version. */
class ForeignAnswerError extends HoldfastError {
  readonly code = 'foreign-answer'
  constructor(place: string, what: string) {
    super(`${place} answered what Holdfast's API does not (${what}); look which program listens there, and its version`)
  }
}

/** The connection was lost in the middle of an answer; what was asked for may have been done. */
class AnswerLostError extends HoldfastError {
  readonly code = 'answer-lost'
  constructor(place: string, cause: Error) {
    super(`The connection to the daemon at ${place} was lost before its answer was complete; try again`, { cause })
  }
}

/** A daemon of another version answered, in a way that this one does not understand. */
export class OtherVersionError extends HoldfastError {
  readonly code = 'other-version'
  constructor(theirs: string, what: string) {
    super(`${whatOtherVersionMeans(theirs)} (${what})`)
  }
}

/** For people who use a daemon of another version than this one. */
export function whatOtherVersionMeans(theirs: string): string {
  return `The daemon is of version ${theirs} and this command of ${version()}: stop the daemon and start it again with \`holdfast up\`, or use the command of its version`
}

export interface ApiClientOptions {
  readonly fetch: Fetch
  /** What people know the daemon by. */
  readonly place: string
}

/** Where to begin in the stream of events, and when to end. */
export interface FollowOptions {
  /** The id of the last event that is known; default: from now on. */
  readonly after?: string | undefined
  /** A full peer id: only events about this one. */
  readonly peer?: string | undefined
  readonly signal: AbortSignal
}

/** Calls the API. Every method throws `ApiError`, `AnswerLostError`, `ForeignAnswerError`, `OtherVersionError`, what `fetch` throws, or the signal's reason. */
export class ApiClient {
  readonly #options: ApiClientOptions
  /** Of the daemon that answered last; empty if it did not say. */
  #version = ''

  constructor(options: ApiClientOptions) {
    this.#options = options
  }

  status(signal?: AbortSignal): Promise<StatusView> {
    return this.#json('GET', '/status', undefined, signal)
  }

  async peers(): Promise<PeerView[]> {
    const { peers } = await this.#json<{ peers: PeerView[] }>('GET', '/peers')
    return peers
  }

  peer(id: string): Promise<PeerView> {
    return this.#json('GET', `/peers/${id}`)
  }

  act(id: string, action: PeerAction): Promise<PeerView> {
    return this.#json('POST', `/peers/${id}/${action}`)
  }

  change(id: string, patch: PeerPatch): Promise<PeerView> {
    return this.#json('PATCH', `/peers/${id}`, patch)
  }

  async unpair(id: string): Promise<void> {
    await this.#ask('DELETE', `/peers/${id}`)
  }

  ping(id: string, signal?: AbortSignal): Promise<PingResult> {
    return this.#json('POST', `/peers/${id}/ping`, undefined, signal)
  }

  outages(id: string): Promise<OutageList> {
    return this.#json('GET', `/peers/${id}/outages`)
  }

  ticket(expiresInMs: number): Promise<TicketView> {
    return this.#json('POST', '/tickets', { expiresInMs })
  }

  pair(ticket: string, signal?: AbortSignal): Promise<PeerView> {
    return this.#json('POST', '/pairings', { ticket }, signal)
  }

  /** The nodes that are heard on the local network, and whether this one may be asked to pair. */
  nearby(): Promise<NearbyList> {
    return this.#json('GET', '/nearby')
  }

  /** Lets others on the local network ask to be paired by code, for five minutes. */
  openPairing(): Promise<PairingWindow> {
    return this.#json('POST', '/pairing-window', {})
  }

  async closePairing(): Promise<void> {
    await this.#ask('DELETE', '/pairing-window')
  }

  /** Asks a node nearby to pair by comparing a code. */
  askNearby(id: string, signal?: AbortSignal): Promise<PairingRequestView> {
    return this.#json('POST', `/nearby/${id}/pair`, undefined, signal)
  }

  async pairingRequests(): Promise<PairingRequestView[]> {
    const { requests } = await this.#json<{ requests: PairingRequestView[] }>('GET', '/pairing-requests')
    return requests
  }

  answerPairing(id: string, answer: 'confirm' | 'reject'): Promise<PairingRequestView> {
    return this.#json('POST', `/pairing-requests/${id}/${answer}`)
  }

  config(): Promise<ConfigView> {
    return this.#json('GET', '/config')
  }

  reloadConfig(): Promise<ConfigReload> {
    return this.#json('POST', '/config/reload')
  }

  /** How a pipe ended; resolves when it has. */
  pipeOutcome(handle: string): Promise<PipeOutcome> {
    return this.#json('GET', `/pipes/${handle}`)
  }

  /** Gives a pipe up, and tells the other side why. */
  endPipe(handle: string, reason: PipeEnd['reason'], signal?: AbortSignal): Promise<PipeOutcome> {
    return this.#json('POST', `/pipes/${handle}/end`, { reason }, signal)
  }

  doctor(peer: string | undefined, signal?: AbortSignal): Promise<DoctorReport> {
    return this.#json('POST', '/doctor', peer === undefined ? {} : { peer }, signal)
  }

  async conversations(signal?: AbortSignal): Promise<ChatConversationView[]> {
    const path = '/chat/conversations'
    const { conversations } = await this.#json<ChatConversationList>('GET', path, undefined, signal)
    return conversations
  }

  messages(query: ChatPageQuery, signal?: AbortSignal): Promise<ChatMessageList> {
    return this.#json('GET', `/chat/messages${queryOf({ ...query })}`, undefined, signal)
  }

  /** Writes a message to a peer. Called again with the same `id`, 32 hexadecimal digits that were drawn at random, it writes it once. */
  say(peer: string, text: string, id: string, signal?: AbortSignal): Promise<ChatMessageView> {
    return this.#json('POST', '/chat/messages', { peer, text, id }, signal)
  }

  /** Says that a person has conversations with these peers open; holds for a minute. `key` is the client's own. */
  attend(key: string, peers: readonly string[]): Promise<ChatAttendance> {
    return this.#json('PUT', `/chat/attendance/${key}`, { peers })
  }

  async leave(key: string): Promise<void> {
    await this.#ask('DELETE', `/chat/attendance/${key}`)
  }

  log(query: { peer?: string | undefined; limit?: number; before?: string | undefined } = {}): Promise<LogPage> {
    return this.#json('GET', `/log${queryOf(query)}`)
  }

  /**
   * Events as they happen, from when this resolves until the daemon ends the stream or the connection is lost; both end the events in order. Call it again with the
   * id of the last event to go on: nothing is missed that the daemon still has, and it tells what it has not by `events:missed`.
   */
  async events({ after, peer, signal }: FollowOptions): Promise<AsyncIterable<EventView>> {
    const headers: Record<string, string> = { accept: 'text/event-stream', ...(after && { 'last-event-id': after }) }
    const response = await this.#ask('GET', `/events${queryOf({ peer })}`, undefined, signal, headers)
    return this.#eventsOf(response, signal)
  }

  async *#eventsOf({ body }: ApiResponse, signal: AbortSignal): AsyncGenerator<EventView, undefined> {
    if (body === null) return
    // The stream of an app in this process does not know of the signal.
    const abortable = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal })
    try {
      for await (const event of serverSentEvents(abortable)) yield this.#event(event)
    } catch (error) {
      signal.throwIfAborted()
      if (!isLostConnection(error)) throw error
    }
  }

  async #json<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
    const response = await this.#ask(method, path, body, signal)
    const text = await this.#textOf(response, signal)
    try {
      return JSON.parse(text) as T
    } catch {
      throw this.#misfit(`status ${response.status} without JSON`)
    }
  }

  async #textOf(response: ApiResponse, signal: AbortSignal | undefined): Promise<string> {
    try {
      return await response.text()
    } catch (error) {
      signal?.throwIfAborted()
      throw isLostConnection(error) ? new AnswerLostError(this.#options.place, error as Error) : error
    }
  }

  async #ask(
    method: string,
    path: string,
    body?: object,
    signal?: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<ApiResponse> {
    const response = await this.#options.fetch(`/api/v1${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    this.#version = plainVersion(response.headers.get(VERSION_HEADER))
    if (!response.ok) throw this.problemOf(await this.#textOf(response, signal), response.status)
    return response
  }

  /** The error that an answer from 400 up tells of. */
  problemOf(text: string, status: number): HoldfastError {
    const { code, detail } = parsedObject(text)
    if (typeof code === 'string' && typeof detail === 'string') {
      // What this version never asks for in vain, another one may not have.
      if (this.#isOther && misfits.has(code)) return new OtherVersionError(this.#version, detail)
      return new ApiError({ code, detail, status })
    }
    return this.#misfit(`status ${status}`)
  }

  /** The error of an answer that is none of this version's. */
  #misfit(what: string): HoldfastError {
    return this.#isOther
      ? new OtherVersionError(this.#version, what)
      : new ForeignAnswerError(this.#options.place, what)
  }

  /** The last answer came from a daemon of another version. */
  get #isOther(): boolean {
    return this.#version !== '' && this.#version !== version()
  }

  #event({ data }: ServerSentEvent): EventView {
    const event = parsedObject(data)
    if (typeof event['type'] === 'string' && typeof event['text'] === 'string') return event as unknown as EventView
    throw this.#misfit('an event of another form')
  }
}

function queryOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()}`
}

/** What stands in the header may come from anybody. */
function plainVersion(said: string | null): string {
  return said !== null && /^[\w.+-]{1,40}$/.test(said) ? said : ''
}

function parsedObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** What `fetch` says of a body that was cut off. */
function isLostConnection(error: unknown): boolean {
  return (
    !(error instanceof HoldfastError) && (error instanceof TypeError || (error instanceof Error && 'code' in error))
  )
}

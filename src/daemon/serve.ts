import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { HoldfastError } from '../core/errors.ts'
import { atMost } from '../node/timing/at-most.ts'
import { answerBrokenRequests } from './api/broken-request.ts'
import type { ApiEnv } from './api/context.ts'
import { MalformedRequestError, type RequestError } from './api/errors.ts'
import { type Caller, Guard, isLoopback, needsToken } from './api/guard.ts'
import { problemResponse } from './api/problem.ts'
import { TcpPlaces } from './api/tcp-places.ts'
import { loadOrCreateToken } from './api/token.ts'
import { keepPort, keptPort } from './api-port.ts'
import type { Daemon } from './daemon.ts'
import { announce } from './daemon-file.ts'
import { listenLocally } from './local-socket.ts'
import { asksForPipe, servePipe } from './pipe/upgrade.ts'

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 7411
/** Connections at a time over TCP, and as many over the socket in the folder; those of clients that follow the events included. */
const CONNECTIONS_MAX = 256
/** How long a daemon that stops waits for its last answers to be written. */
const ANSWERS_TIMEOUT_MS = 1_000
/** What stands in the way of clients that send slowly, or not at all. */
const serverOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  shouldUpgradeCallback: asksForPipe,
} as const

/**
 * In the folder only the owner's own commands are slow, and only because a process stood still: a request that came before that would be refused after it.
 */
const localOptions = { ...serverOptions, headersTimeout: 0, requestTimeout: 0 } as const

export interface ServeOptions {
  /** A name or IP address of this machine to listen at. Default `127.0.0.1`. There is no TLS: beyond loopback others on the way can read and change everything. */
  readonly host?: string | undefined
  /** 0 for any. Default the one that this folder's API had last, else 7411, or any if those are taken. */
  readonly port?: number | undefined
  /** Names beside those of loopback under which the API may be called, without ports. Default none. */
  readonly allowedHosts?: readonly string[] | undefined
}

/** The API of a daemon behind its sockets. */
export interface Served {
  /** Where it is called, without a slash at the end. */
  readonly url: string
  readonly token: string
  /** It can be called from other machines. */
  readonly beyondLoopback: boolean
  /** Ends what goes on, and takes nothing new. The daemon stays open. */
  close(): Promise<void>
}

/** The API cannot be served where it should be. */
class ApiListenError extends HoldfastError {
  readonly code = 'api-listen-failed'
  constructor(host: string, port: number, cause: Error) {
    const taken = 'code' in cause && cause.code === 'EADDRINUSE'
    const problem = taken ? 'another program uses that port' : cause.message
    super(`The API cannot be served at ${host}:${port} (${problem}); choose another address or port for it`, { cause })
  }
}

/**
 * Serves the API of a daemon over TCP to whoever knows its token, which `daemon.json` in the node's folder says where, and over a Unix socket in that folder to its owner. Throws
 * `ApiListenError`, `SocketPathTooLongError`, `TokenUnusableError`, `TokenNotSavedError`, or the system's error if `daemon.json` cannot be written.
 */
export async function serve(daemon: Daemon, options: ServeOptions = {}): Promise<Served> {
  const { context } = daemon
  const { host = DEFAULT_HOST, allowedHosts = [] } = options
  const token = await loadOrCreateToken(context.dir)
  const beyondLoopback = !isLoopback(host)
  const hosts = [host, ...allowedHosts].map((name) => name.toLowerCase())
  const guard = new Guard({ token, clock: context.clock, hosts, beyondLoopback })
  const tcp = createServer(serverOptions)
  const places = new TcpPlaces({ server: tcp, clock: context.clock, connectionsMax: CONNECTIONS_MAX })
  const door: AccessPolicy = {
    refusal(caller, socket) {
      const refusal = guard.refusal(caller)
      if (refusal === undefined && socket !== undefined && needsToken(caller.path)) places.authenticated(socket)
      return refusal
    },
  }
  const closeTcp = answerRequests(tcp, daemon, door)
  await listen(tcp, host, options.port === undefined ? await portsToTry(context.dir) : [options.port])
  const local = createServer(localOptions)
  const closeLocal = answerRequests(local, daemon, allowAll)
  local.maxConnections = CONNECTIONS_MAX
  const releaseLocal = await listenLocally(local, context.dir).catch(async (error: unknown) => {
    await closeTcp()
    throw error
  })
  const { port } = tcp.address() as AddressInfo
  if (options.port === undefined) await keepPort(context.dir, port)
  const url = `http://${hostOf(host)}:${port}`
  const retract = await announce(context.dir, { url, pid: process.pid, startedAtMs: context.startedAtMs })
  return {
    url,
    token,
    beyondLoopback,
    async close() {
      await retract()
      context.eventClients.close()
      await context.pipes.close(context.clock)
      await Promise.all([closeTcp(), closeLocal()])
      releaseLocal()
    },
  }
}

/** Who is let in. */
interface AccessPolicy {
  /** Why a request on this connection is not served; undefined if it is. */
  refusal(caller: Caller, socket: Duplex | undefined): RequestError | undefined
}

/** For the socket in the node's folder, which this user alone can open. */
const allowAll: AccessPolicy = { refusal: () => undefined }

/** Answers what comes to the server. Returns how to end that. */
function answerRequests(server: Server, daemon: Daemon, door: AccessPolicy): () => Promise<void> {
  // The limit on bodies makes a new request of one whose length is not told, which only the adapter's own class of them can.
  const listener = getRequestListener(behind(door, daemon), { errorHandler, overrideGlobalObjects: true })
  const answers = new Set<ServerResponse>()
  server.on('request', (request, response) => {
    answers.add(response)
    response.once('close', () => answers.delete(response))
    void listener(request, response)
  })
  /** The server knows nothing more of these. */
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    const { node, context } = daemon
    const refusal = door.refusal(callerOf(request), socket)
    void servePipe(request, socket, head, { node, service: context.pipes, refusal, isLocal: door === allowAll })
  })
  answerBrokenRequests(server)
  return async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of upgraded) socket.destroy()
    // Some answers are on their way, such as how a pipe ended.
    await atMost(
      daemon.context.clock,
      ANSWERS_TIMEOUT_MS,
      Promise.all([...answers].map((answer) => once(answer, 'close'))),
    )
    server.closeAllConnections()
    await closed
  }
}

/** The API behind its door. */
function behind(door: AccessPolicy, { app }: Daemon): Hono<ApiEnv>['fetch'] {
  const outer = new Hono<ApiEnv>()
  outer.all('*', (c) => {
    const { incoming } = c.env
    const { host, origin, authorization } = Object.fromEntries(c.req.raw.headers) as Partial<Caller>
    const remoteAddress = incoming?.socket.remoteAddress ?? ''
    const caller = { path: c.req.path, host, origin, authorization, remoteAddress }
    const refusal = door.refusal(caller, incoming?.socket)
    return refusal === undefined ? app.fetch(c.req.raw, c.env) : problemResponse(refusal)
  })
  return outer.fetch
}

function callerOf({ url, headers, socket }: IncomingMessage): Caller {
  const { host, origin, authorization } = headers
  const { pathname } = new URL(url ?? '/', 'http://localhost')
  return { path: pathname, host, origin, authorization, remoteAddress: socket.remoteAddress ?? '' }
}

/** What cannot even be made a request of. */
function errorHandler(): Response {
  return problemResponse(
    new MalformedRequestError('The request is not valid HTTP for this API; correct its target and `Host`'),
  )
}

/** Where nobody asked for a port, and that of the last time and the usual one are taken, any other will do. */
async function portsToTry(dir: string): Promise<number[]> {
  const kept = await keptPort(dir)
  return [...(kept === undefined ? [] : [kept]), DEFAULT_PORT, 0]
}

/** Listens at the first of the ports that is free. */
async function listen(server: Server, host: string, ports: readonly number[]): Promise<void> {
  for (const [at, port] of ports.entries()) {
    const error = await tryListen(server, host, port)
    if (error === undefined) return
    const isTaken = 'code' in error && error.code === 'EADDRINUSE'
    if (!isTaken || at === ports.length - 1) throw new ApiListenError(host, port, error)
  }
}

async function tryListen(server: Server, host: string, port: number): Promise<Error | undefined> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** As a URL has it; where all addresses are listened at, this machine calls it by loopback. */
function hostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

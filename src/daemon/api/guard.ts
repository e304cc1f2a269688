// Who may call the API over a socket. A web page of somebody else must get nothing, also when a name of its author's leads to this machine (DNS rebinding), and so
// must other users of the machine.
import { isIP } from 'node:net'
import type { Clock } from '../../clock.ts'
import { admissionAddress } from '../../transport/tcp/source.ts'
import {
  ForbiddenHostError,
  ForbiddenOriginError,
  type RequestError,
  TooManyRequestsError,
  UnauthorizedError,
} from './errors.ts'
import { CallerRateLimit } from './rate-limit.ts'
import { isToken } from './token.ts'

/** A dashboard that is opened asks for a dozen things at once. */
const REQUESTS_BURST = 400
const REQUESTS_PER_SECOND = 100
/** Requests that are refused have a measure of their own, so that whoever guesses tokens keeps nobody out but himself. */
const REFUSALS_BURST = 20
const REFUSALS_PER_SECOND = 1
/** And so have those without a token, which any web page can make: its author must not use up what the dashboard and the command line have. */
const OPEN_BURST = 200
const OPEN_PER_SECOND = 50

export interface GuardOptions {
  readonly token: string
  readonly clock: Clock
  /** Names of hosts, without ports, that `Host` may have beside those of loopback. */
  readonly hosts: readonly string[]
  /** The API is bound to more than loopback, so requests may come to any address of this machine. */
  readonly beyondLoopback: boolean
}

/** What a request is judged by. */
export interface Caller {
  readonly path: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
  /** Its IP address. */
  readonly remoteAddress: string
}

/** Judges requests before anything else looks at them. */
export class Guard {
  readonly #options: GuardOptions
  readonly #requests: CallerRateLimit
  readonly #refusals: CallerRateLimit
  readonly #open: CallerRateLimit

  constructor(options: GuardOptions) {
    this.#options = options
    const { clock } = options
    this.#requests = new CallerRateLimit(clock, { atOnce: REQUESTS_BURST, perSecond: REQUESTS_PER_SECOND })
    this.#refusals = new CallerRateLimit(clock, { atOnce: REFUSALS_BURST, perSecond: REFUSALS_PER_SECOND })
    this.#open = new CallerRateLimit(clock, { atOnce: OPEN_BURST, perSecond: OPEN_PER_SECOND })
  }

  /** Why a request is not served; undefined if it is. */
  refusal(caller: Caller): RequestError | undefined {
    const refusal = this.#wrongHost(caller) ?? this.#wrongOrigin(caller) ?? this.#wrongToken(caller)
    const allowed = isOpen(caller.path) ? this.#open : this.#requests
    const limit = refusal === undefined ? allowed : this.#refusals
    const waitS = limit.take(admissionAddress(caller.remoteAddress))
    return waitS > 0 ? new TooManyRequestsError(waitS) : refusal
  }

  #wrongHost({ host }: Caller): RequestError | undefined {
    const name = host === undefined ? undefined : hostName(host)
    const { hosts, beyondLoopback } = this.#options
    if (name === undefined) return new ForbiddenHostError('The request names no host; send the header `Host`')
    // A name can be made to lead here by anybody who owns one; an IP address cannot.
    if (isLoopback(name) || hosts.includes(name) || (beyondLoopback && isIP(name) !== 0)) return undefined
    return new ForbiddenHostError(
      `The API does not answer under the name "${name}"; use localhost, or allow the name in the configuration`,
    )
  }

  #wrongOrigin({ host, origin }: Caller): RequestError | undefined {
    if (origin === undefined || origin === `http://${host}`) return undefined
    return new ForbiddenOriginError(`A page of ${origin} may not call this API`)
  }

  #wrongToken({ path, authorization }: Caller): RequestError | undefined {
    if (isOpen(path)) return undefined
    const [, given] = /^Bearer ([\w-]{1,256})$/i.exec(authorization ?? '') ?? []
    if (given === undefined)
      return new UnauthorizedError(
        'The request brings no token; send `Authorization: Bearer` with what is in the file api-token in the folder of the node',
      )
    return isToken(given, this.#options.token)
      ? undefined
      : new UnauthorizedError('The token is not the right one; it is in the file api-token in the folder of the node')
  }
}

/** What needs no token: whether the daemon lives, and the page with its parts, which show nothing without one. */
function isOpen(path: string): boolean {
  return path === '/healthz' || path === '/' || path === '/favicon.ico' || path.startsWith('/assets/')
}

/** Whether a request for the path has to show the token. */
export function needsToken(path: string): boolean {
  return !isOpen(path)
}

/** The name or IP address of a `Host` header, without port and brackets. */
function hostName(host: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host) ?? []
  return (bracketed ?? plain)?.toLowerCase()
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

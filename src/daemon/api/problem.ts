// Errors as RFC 9457 has them.
import { STATUS_CODES } from 'node:http'
import { HTTPException } from 'hono/http-exception'
import { visibleLines } from '../../core/visible.ts'
import { HoldfastError } from '../../index.ts'
import { Problem } from '../contract/problem.ts'
import {
  InvalidRequestError,
  MalformedRequestError,
  RequestError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMediaTypeError,
  UpgradeRequiredError,
} from './errors.ts'

const MEDIA_TYPE = 'application/problem+json'

/** The status of those errors of the library that are the caller's to deal with. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['unknown-peer', 404],
  ['invalid-peer-id', 404],
  ['peer-paused', 409],
  ['peer-blocked', 409],
  ['node-full', 409],
  ['pairing-failed', 409],
  ['identity-in-use', 409],
  ['invalid-ticket', 422],
  ['invalid-argument', 422],
  ['invalid-address', 422],
  ['invalid-name', 422],
  ['invalid-record', 422],
  ['config-invalid', 422],
  ['chat-message-invalid', 422],
  ['chat-full', 409],
  ['chat-id-taken', 409],
  ['refused', 502],
  ['connect-failed', 502],
  ['unreachable', 502],
  ['wrong-peer', 502],
  ['own-address', 502],
  ['handshake-failed', 502],
  ['handshake-timeout', 502],
  ['certificate-invalid', 502],
  ['channel-closed', 502],
  ['node-closed', 503],
])

/** The answer that tells of an error. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error)
  const headers = new Headers({ 'Content-Type': MEDIA_TYPE, 'Cache-Control': 'no-store' })
  if (error instanceof UnauthorizedError) headers.set('WWW-Authenticate', 'Bearer realm="holdfast"')
  if (error instanceof TooManyRequestsError) headers.set('Retry-After', String(error.retryAfterS))
  if (error instanceof UpgradeRequiredError) headers.set('Upgrade', error.upgrade)
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

export function problemOf(error: unknown): Problem {
  const known = error instanceof HTTPException ? ofFramework(error) : error
  if (!(known instanceof HoldfastError)) {
    // What went wrong is for the log; nobody outside learns from it.
    return problem(500, 'internal', 'This is a mistake in Holdfast; its log says more. Please report it')
  }
  const status = known instanceof RequestError ? known.status : (statuses.get(known.code) ?? 500)
  const errors = known instanceof InvalidRequestError ? { errors: [...known.errors] } : {}
  return { ...problem(status, known.code, known.message), ...errors }
}

function problem(status: number, code: string, detail: string): Problem {
  return {
    type: `urn:holdfast:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: visibleLines(detail),
    code,
  }
}

function ofFramework(error: HTTPException): HoldfastError {
  if (error.status === 415)
    return new UnsupportedMediaTypeError('The body must be JSON; send it with `Content-Type: application/json`')
  return new MalformedRequestError('The body is not valid JSON; correct it')
}

/** Answers of a route from 400 up: those that it is known for, and any other. */
export function problems<Status extends number>(...known: Status[]): ProblemResponses<Status> {
  const content = { [MEDIA_TYPE]: { schema: Problem } } as const
  const listed = known.map((status) => [status, { description: STATUS_CODES[status] ?? 'Error', content }] as const)
  return {
    ...Object.fromEntries(listed),
    default: { description: 'Any other problem', content },
  } as ProblemResponses<Status>
}

type ProblemResponses<Status extends number> = {
  readonly [S in Status | 'default']: {
    readonly description: string
    readonly content: { readonly [MEDIA_TYPE]: { readonly schema: typeof Problem } }
  }
}

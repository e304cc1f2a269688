import { HoldfastError } from '../../index.ts'
import type { Mistake } from './mistakes.ts'

/** A request that cannot be served as it is; `status` is that of HTTP. */
export abstract class RequestError extends HoldfastError {
  abstract readonly status: number
}

/** Nothing is at the path. */
export class NotFoundError extends RequestError {
  readonly code = 'not-found'
  readonly status = 404
}

/** The path is right and the method is not. */
export class MethodNotAllowedError extends RequestError {
  readonly code = 'method-not-allowed'
  readonly status = 405
}

/** The body is no JSON. */
export class MalformedRequestError extends RequestError {
  readonly code = 'malformed-request'
  readonly status = 400
}

/** The body is of another type than JSON. */
export class UnsupportedMediaTypeError extends RequestError {
  readonly code = 'unsupported-media-type'
  readonly status = 415
}

/** The request is understood and does not fit its schema. */
export class InvalidRequestError extends RequestError {
  readonly code = 'invalid-request'
  readonly status = 422
  readonly errors: readonly Mistake[]
  constructor(errors: readonly Mistake[]) {
    super(errors.map(({ message }) => message).join('; '))
    this.errors = errors
  }
}

/** As many clients have conversations open as may. */
export class AttendancesFullError extends RequestError {
  readonly code = 'attendances-full'
  readonly status = 503
  constructor(attendancesMax: number) {
    super(`${attendancesMax} clients have conversations open already; close one of them`)
  }
}

/** As many clients follow the events as may. */
export class EventClientsFullError extends RequestError {
  readonly code = 'event-clients-full'
  readonly status = 503
  constructor(clientsMax: number) {
    super(`${clientsMax} clients follow the events already; close one of them, or poll the log`)
  }
}

/** The body is larger than any that the API takes. */
export class BodyTooLargeError extends RequestError {
  readonly code = 'body-too-large'
  readonly status = 413
  constructor(bytesMax: number) {
    super(`The body is larger than ${bytesMax} bytes; send less`)
  }
}

/** The request does not bring the API's token. */
export class UnauthorizedError extends RequestError {
  readonly code = 'unauthorized'
  readonly status = 401
}

/** The request came under a name that is not this API's. */
export class ForbiddenHostError extends RequestError {
  readonly code = 'forbidden-host'
  readonly status = 403
}

/** The request comes from a web page that is not this API's own. */
export class ForbiddenOriginError extends RequestError {
  readonly code = 'forbidden-origin'
  readonly status = 403
}

/** Requests came faster than they may. */
export class TooManyRequestsError extends RequestError {
  readonly code = 'too-many-requests'
  readonly status = 429
  readonly retryAfterS: number
  constructor(retryAfterS: number) {
    super(`Too many requests; wait ${retryAfterS} s before the next one`)
    this.retryAfterS = retryAfterS
  }
}

/** As many pipes run or wait as may. */
export class PipesFullError extends RequestError {
  readonly code = 'pipes-full'
  readonly status = 503
  constructor(pipesMax: number) {
    super(`${pipesMax} pipes run or wait already; end one of them first`)
  }
}

/** A peer opened a pipe of an earlier version, which cannot confirm what arrives. */
export class PeerTooOldError extends RequestError {
  readonly code = 'peer-too-old'
  readonly status = 409
  constructor(name: string) {
    super(`${name} opened a pipe of an older version, which cannot confirm what arrives; update Holdfast there`)
  }
}

/** The path is that of a pipe, and the request does not ask for one. */
export class UpgradeRequiredError extends RequestError {
  readonly code = 'upgrade-required'
  readonly status = 426
  readonly upgrade: string
  constructor(upgrade: string) {
    super(`A pipe is a connection of its own; ask with \`Connection: Upgrade\` and \`Upgrade: ${upgrade}\``)
    this.upgrade = upgrade
  }
}

/** The header of a request is longer than any that is taken. */
export class HeaderTooLargeError extends RequestError {
  readonly code = 'header-too-large'
  readonly status = 431
}

/** A request did not come to its end in time. */
export class RequestTimeoutError extends RequestError {
  readonly code = 'request-timeout'
  readonly status = 408
}

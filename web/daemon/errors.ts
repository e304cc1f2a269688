/** The daemon understood and said no, in the form of RFC 9457. `code` is explained in docs/errors.md. */
export class ProblemError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** The daemon wants a token, and has been given none or a wrong one. */
export class TokenError extends Error {
  readonly wasRefused: boolean

  constructor(wasRefused: boolean) {
    super(wasRefused ? 'The daemon does not know this token' : 'This page has no token for the daemon')
    this.wasRefused = wasRefused
  }
}

/** The daemon was not reached, or did not answer in time. */
export class CutOffError extends Error {}

/** Any error as a sentence for people. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.endsWith('.') ? text : `${text}.`
}

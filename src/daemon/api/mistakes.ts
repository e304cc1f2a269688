// What is wrong with a request, in sentences instead of a validator's words.
import type { z } from 'zod'

/** What is wrong with one part of a request. */
export interface Mistake {
  /** `body.settings.connectPolicy` */
  readonly path: string
  /** The sentence, without a full stop. */
  readonly message: string
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** One for each part that does not fit. `target`: `json`, `query`, `param` or `header`. */
export function mistakesIn(issues: readonly Issue[], target: string): Mistake[] {
  const place = target === 'json' ? 'body' : target
  return issues
    .flatMap((issue) => innermost(issue))
    .map((issue) => {
      const path = issue.path.map(String)
      return { path: [place, ...path].join('.'), message: sentence(issue, place, path) }
    })
}

/** Where a value may have several forms, what is wrong with the one that was probably meant. */
function innermost(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.find((branch) => branch.some(({ path }) => path.length > 0))
  if (meant === undefined) return [issue]
  return meant.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
}

function sentence(issue: Issue, place: string, path: readonly string[]): string {
  const what = subject(place, path)
  switch (issue.code) {
    case 'invalid_type':
      // Zod tells of what came in its message alone.
      return issue.message.endsWith('received undefined')
        ? `${what} is missing`
        : `${what} must be ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `${what} must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_small':
      return `${what} ${atLeast(issue.origin, Number(issue.minimum))}`
    case 'too_big':
      return `${what} must ${bound(issue.origin, 'at most', Number(issue.maximum))}`
    case 'unrecognized_keys':
      return unknownKeys(what, issue.keys)
    case 'invalid_format':
    case 'custom':
      return `${what} does not fit: ${issue.message}`
    case 'invalid_union':
      return `${what} has a form that is not known; /api/v1/openapi.json lists those that are`
    default:
      return `${what} does not fit; /api/v1/openapi.json says what does`
  }
}

/** Fields of earlier versions, with the names that they have now. */
const renamed: Readonly<Record<string, string>> = { hold: 'connectPolicy' }

function unknownKeys(what: string, keys: readonly string[]): string {
  const [key = ''] = keys
  if (keys.length === 1 && Object.hasOwn(renamed, key))
    return `${what} has '${key}', which is called '${renamed[key]}' now`
  return `${what} has ${keys.map((one) => `'${one.slice(0, keyCharsMax)}'`).join(', ')}, which is not known; leave it out`
}

/** A key in a sentence is cut off after this. */
const keyCharsMax = 60

function subject(place: string, path: Path): string {
  if (path.length === 0) return place === 'body' ? 'The body' : `The ${place}`
  const name = path.join('.').slice(0, keyCharsMax)
  return place === 'body' ? `The field '${name}'` : `The parameter '${name}'`
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function atLeast(origin: string, minimum: number): string {
  return origin === 'string' && minimum === 1 ? 'must not be empty' : `must ${bound(origin, 'at least', minimum)}`
}

function bound(origin: string, how: 'at least' | 'at most', limit: number): string {
  if (origin === 'string') return `have ${how} ${limit} characters`
  if (origin === 'array') return `have ${how} ${limit} entries`
  return `be ${how} ${limit}`
}

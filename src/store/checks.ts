import { InvalidRecordError } from './errors.ts'

// Names and addresses end up on terminals and in logs, where control characters forge lines and colours.
const controlCharacters = /[\p{Cc}\u2028\u2029]/u

/** Throws `InvalidRecordError`. */
export function refuse(field: string, problem: string): never {
  throw new InvalidRecordError(field, problem)
}

/** Whether `text` can be stored and shown as it is. */
export function isShowable(text: string): boolean {
  return text.isWellFormed() && !controlCharacters.test(text)
}

/** Throws `InvalidRecordError` if `value` is not a whole number from `min` to `max`. */
export function checkWholeNumber(
  field: string,
  value: unknown,
  max: number = Number.MAX_SAFE_INTEGER,
  min = 0,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    refuse(field, `The field '${field}' is ${String(value)}; it must be a whole number from ${min} to ${max}`)
  }
}

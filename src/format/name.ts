import { InvalidNameError, parseName } from '../identity/name.ts'

/** Why a peer cannot be called so, in a sentence; undefined if it can. */
export function nameProblem(text: string): string | undefined {
  try {
    parseName(text)
    return undefined
  } catch (error) {
    if (error instanceof InvalidNameError) return error.message
    throw error
  }
}

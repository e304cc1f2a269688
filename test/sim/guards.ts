import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'

/** Everything through which real time or chance could get into a seed, and make it another one the next time. */
const sources: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [globalThis, ['setTimeout', 'setInterval', 'setImmediate']],
  [timers, ['setTimeout', 'setInterval', 'setImmediate']],
  [Date, ['now']],
  [performance, ['now']],
  [Math, ['random']],
  [AbortSignal, ['timeout']],
  [Crypto.prototype, ['getRandomValues', 'randomUUID']],
  [crypto, ['randomBytes', 'randomFillSync', 'randomFill', 'randomInt', 'randomUUID', 'hkdf', 'pbkdf2', 'scrypt']],
]

type Call = (...args: unknown[]) => unknown

/**
 * From now on `used` is told when code of the library reaches for real time, real chance, or work in other threads. What others use,
 * such as Node itself and the simulation's own loop, is left alone.
 */
export function forbidRealWorld(used: (what: string) => void): void {
  for (const [owner, names] of sources) {
    for (const name of names) {
      const original = Reflect.get(owner, name) as Call
      const guarded = function (this: unknown, ...args: unknown[]): unknown {
        const place = callInLibrary()
        if (place !== undefined) used(`${name} was called ${place}`)
        return original.apply(this, args)
      }
      Object.defineProperty(owner, name, { value: guarded, configurable: true, writable: true })
    }
  }
  syncBuiltinESMExports()
}

/** The line of the stack below the guard, if it is the library's. */
function callInLibrary(): string | undefined {
  const caller = new Error('here').stack?.split('\n')[3] ?? ''
  return /\/src\/[^:]+\.ts:/.test(caller) ? caller.trim() : undefined
}

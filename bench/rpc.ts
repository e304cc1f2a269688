// Calls between the processes of a benchmark, over Node's own channel between parent and child.

/** What `ChildProcess` and a child's `process` have in common. */
export interface Port {
  send?(message: object): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly parameters: unknown[] }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }

/** Answers a call; what it throws is the call's failure. */
export type Answer = (method: string, parameters: unknown[]) => unknown

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** One end of a channel on which both ends may call. */
export class Endpoint {
  readonly #port: Port
  readonly #answer: Answer
  readonly #pending = new Map<number, Pending>()
  #nextId = 1

  constructor(port: Port, answer: Answer) {
    this.#port = port
    this.#answer = answer
    port.on('message', (message) => this.#received(message as Message))
  }

  call(method: string, parameters: unknown[]): Promise<unknown> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#send({ kind: 'call', id, method, parameters })
    })
  }

  /** Fails all calls that wait for an answer. */
  fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  #received(message: Message): void {
    if (message.kind === 'call') {
      void this.#serve(message.id, message.method, message.parameters)
      return
    }
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.kind === 'result') pending?.resolve(message.result)
    else pending?.reject(new Error(message.message))
  }

  async #serve(id: number, method: string, parameters: unknown[]): Promise<void> {
    try {
      const result = await this.#answer(method, parameters)
      this.#send({ kind: 'result', id, result })
    } catch (error) {
      this.#send({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) })
    }
  }

  #send(message: Message): void {
    try {
      this.#port.send?.(message)
    } catch {
      // The other process has ended, and whoever waits for it is told so by its exit.
    }
  }
}

type Methods<T> = { [K in keyof T]: T[K] extends (...parameters: infer P) => infer R ? (...parameters: P) => R : never }

/** An object's methods as they are seen from another process. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...parameters: infer P) => infer R
    ? (...parameters: P) => Promise<Awaited<R>>
    : never
}

/** Makes every method of `T` a call. The types hold because both ends are built from the same source. */
export function remote<T extends Methods<T>>(
  call: (method: string, parameters: unknown[]) => Promise<unknown>,
): Remote<T> {
  const methods = new Proxy(
    {},
    {
      get: (_, method) =>
        typeof method === 'string' ? (...parameters: unknown[]) => call(method, parameters) : undefined,
    },
  )
  return methods as Remote<T>
}

/** The methods of the object that a child process has, each of which may take so long. */
export function remoteOf<T extends Methods<T>>(
  child: { call(method: string, parameters: unknown[], limitMs: number): Promise<unknown> },
  limitMs: number,
): Remote<T> {
  return remote<T>((method, parameters) => child.call(method, parameters, limitMs))
}

/** Answers calls with the methods of `target`. */
export function answerWith(target: object): Answer {
  return (method, parameters) => {
    const member: unknown = Reflect.get(target, method)
    if (typeof member !== 'function') throw new Error(`called "${method}", which this process does not have`)
    const result: unknown = Reflect.apply(member, target, parameters)
    return result
  }
}

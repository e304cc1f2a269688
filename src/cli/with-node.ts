import type { Node, OpenOptions } from '../node/api.ts'
import { Interruption } from './interrupt.ts'

/** After Ctrl-C, so long is waited for the last words to arrive. */
const interruptedFlushMs = 1_000

/** Opens a node, works with it, and closes it, also when a signal comes. `signal` is aborted then, with `Interrupted` as its reason. */
export async function withNode<T>(
  options: OpenOptions,
  work: (node: Node, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using interruption = new Interruption()
  const { signal } = interruption
  // Loaded by the commands that need it alone: it is most of the time that a start takes.
  const { open } = await import('../index.ts')
  const node = await open(options)
  try {
    signal.throwIfAborted()
    return await work(node, signal)
  } finally {
    await node.close(signal.aborted ? { flushTimeoutMs: interruptedFlushMs } : {})
  }
}

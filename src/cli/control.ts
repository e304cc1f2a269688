// How commands speak to their node: to the daemon that runs on the folder, or to one that they open themselves. Either way it is the same API.
import { ApiClient, type Fetch } from '../daemon/client.ts'
import type { Daemon } from '../daemon/daemon.ts'
import type { Node } from '../node/api.ts'
import { FolderInUseError } from '../store/errors.ts'
import { awaitDaemon, isJustTaken } from './await-daemon.ts'
import { DaemonUnreachableError, NoDaemonError, UsageError } from './errors.ts'
import { type FoundDaemon, isServing, noteVersion } from './find-daemon.ts'
import { type NodeOptions, openOptions } from './options.ts'
import { aborted, Interruption } from './terminal/interrupt.ts'

/** After Ctrl-C, so long is waited for the last words to arrive. */
const interruptedFlushMs = 1_000

export type Control = {
  readonly api: ApiClient
} & (
  | {
      /** In another process. */
      readonly daemon: FoundDaemon
      readonly node: undefined
    }
  | {
      readonly daemon: undefined
      /** This command has opened it itself. */
      readonly node: Node
    }
)

export interface ControlOptions extends NodeOptions {
  /** Why the command makes no sense without a daemon; it opens no node itself then. */
  readonly needsDaemon?: string
  /** How long to wait for a daemon of which something tells that it ran a moment ago, before the node is opened here. Default: not at all. In milliseconds. */
  readonly daemonWaitMs?: number
}

/**
 * Works with the folder's node, and closes it if it was opened for this. When a signal comes `signal` is aborted, with `Interrupted` as its reason. Throws `UsageError` for
 * options that only the daemon's own configuration can change, `NoDaemonError`, `DaemonUnreachableError`, or what opening a node throws.
 */
export async function withControl<T>(
  options: ControlOptions,
  work: (control: Control, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using interruption = new Interruption()
  const { signal } = interruption
  const daemon = await findOrOpen(options, signal)
  if ('api' in daemon) {
    checkUnsaid(options)
    noteVersion(daemon)
    return await work({ api: daemon.api, daemon, node: undefined }, signal)
  }
  try {
    signal.throwIfAborted()
    const fetch: Fetch = async (path, request) =>
      Promise.race([daemon.app.request(path, { ...request }), ...(request.signal ? [aborted(request.signal)] : [])])
    const api = new ApiClient({ fetch, place: 'this process' })
    return await work({ api, daemon: undefined, node: daemon.node }, signal)
  } finally {
    await daemon.close(signal.aborted ? { flushTimeoutMs: interruptedFlushMs } : {})
  }
}

/** The daemon of the folder, or its node, opened here. A daemon that starts in the same moment may take the folder first. */
async function findOrOpen(options: ControlOptions, signal: AbortSignal): Promise<FoundDaemon | Daemon> {
  const { dir, needsDaemon } = options
  for (;;) {
    const found = await awaitDaemon(dir, { signal, restartMsMax: waitMsOf(options) })
    if (isServing(found)) return found
    if (needsDaemon !== undefined) throw new NoDaemonError(dir, needsDaemon)
    try {
      return await openHere(options)
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error
      if (await isJustTaken(dir)) continue
      if (found === undefined) throw error
      throw new DaemonUnreachableError(
        `The folder is in use, and ${found.silent}; if that process hangs, end it, and start it again with \`holdfast up\``,
        { cause: error },
      )
    }
  }
}

/** Loaded by the commands that need it alone: it is most of the time that a start takes. */
async function openHere(options: ControlOptions): Promise<Daemon> {
  const [{ openDaemon }, { retractStale }] = await Promise.all([
    import('../daemon/daemon.ts'),
    import('../daemon/daemon-file.ts'),
  ])
  const daemon = await openDaemon({ node: await openOptions(options) })
  // Nobody is to wait for a daemon that did not come back. It is only information.
  await retractStale(options.dir).catch(() => undefined)
  return daemon
}

/** Who says how the node is to be opened does not mean the daemon. */
function waitMsOf(options: ControlOptions): number {
  return ofOwnNode(options).length > 0 ? 0 : (options.daemonWaitMs ?? 0)
}

function ofOwnNode({ listen, advertise, name }: NodeOptions): string[] {
  return [
    ...(listen === undefined ? [] : [listen === false ? '--no-listen' : '--listen']),
    ...(advertise === undefined ? [] : ['--advertise']),
    ...(name === undefined ? [] : ['--name']),
  ]
}

/** The daemon has been told these things by its configuration. Throws `UsageError`. */
function checkUnsaid(options: NodeOptions): void {
  const said = ofOwnNode(options)
  if (said.length === 0) return
  throw new UsageError(
    `A daemon runs on this folder, and its configuration says what ${said.join(' and ')} would; leave that away, or set it there and start it again`,
  )
}

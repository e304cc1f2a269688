// The Unix socket in the node's folder, over which the command line speaks to the daemon. Whoever may open the folder is this user, so nothing else proves who calls, and
// nothing secret is sent: the name cannot be taken over by another user, as the port of a daemon that was killed can.
import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { HoldfastError } from '../core/errors.ts'

const FILE_NAME = 'api.sock'
/** `sun_path` holds 104 bytes on macOS and BSD, 108 on Linux, with a zero at the end. */
const PATH_BYTES_MAX = 103
const OWNER_ONLY_UMASK = 0o177

/** The path of the folder is too long for a socket in it. */
class SocketPathTooLongError extends HoldfastError {
  readonly code = 'socket-path-too-long'
  constructor(path: string) {
    super(`${path} is too long for the name of a socket on this system; choose a folder with a shorter path with --dir`)
  }
}

interface Reachable {
  readonly path: string
  /** What the path leads through is needed no more. Further calls do nothing. */
  readonly release: () => void
}

/** Listens at the socket of the folder, which this process holds: a file that a killed daemon left there is nobody's. Resolves with how to let go of it after the server has closed. */
export async function listenLocally(server: Server, dir: string): Promise<() => void> {
  rmSync(join(dir, FILE_NAME), { force: true })
  const { path, release } = reach(dir)
  const listening = new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject))
  // For the owner alone from the beginning, also in a folder that others may look into. The socket is made before this returns.
  const umask = process.umask(OWNER_ONLY_UMASK)
  try {
    server.listen(path)
  } finally {
    process.umask(umask)
  }
  try {
    await listening
    return release
  } catch (error) {
    release()
    throw error
  }
}

/** A connection to the daemon of the folder. Errors come as events: `ENOENT` or `ECONNREFUSED` if none listens. Each side ends its direction for itself. */
export function connectLocally(dir: string): Socket {
  const { path, release } = reach(dir)
  try {
    // The system looks the path up before this returns.
    return connect({ path, allowHalfOpen: true })
  } finally {
    release()
  }
}

/** A path to the socket that is short enough. Throws the system's error if there is no folder, and `SocketPathTooLongError`. */
function reach(dir: string): Reachable {
  if (process.platform === 'win32') return { path: pipeName(dir), release: () => undefined }
  const path = join(dir, FILE_NAME)
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return { path, release: () => undefined }
  if (process.platform !== 'linux') throw new SocketPathTooLongError(path)
  let folder: number | undefined = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY)
  return {
    path: `/proc/self/fd/${folder}/${FILE_NAME}`,
    release() {
      // By then the number may be another file's.
      if (folder !== undefined) closeSync(folder)
      folder = undefined
    },
  }
}

/** Windows has no sockets in folders; its named pipes may be written to by the user who made them. */
function pipeName(dir: string): string {
  return `\\\\.\\pipe\\holdfast-${createHash('sha256').update(dir).digest('hex')}`
}

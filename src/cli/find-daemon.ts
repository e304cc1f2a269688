// Whether a daemon runs on a folder, and how to speak to it.
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { ApiClient, type Fetch, OtherVersionError, whatOtherVersionMeans } from '../daemon/client.ts'
import type { StatusView } from '../daemon/contract/status.ts'
import { fetchLocally } from '../daemon/local-fetch.ts'
import { connectLocally } from '../daemon/local-socket.ts'
import { version } from '../daemon/version.ts'
import { folderHolder } from '../store/folder.ts'
import { readSmallFile } from '../store/small-file.ts'
import { DaemonUnreachableError, FolderForbiddenError } from './errors.ts'
import { note, shown } from './terminal/output.ts'

export interface FoundDaemon {
  readonly api: ApiClient
  readonly status: StatusView
  /** A new connection to it. */
  connect(): Socket
}

/** A daemon answers this within milliseconds, unless it was stopped. */
const answerTimeoutMs = 3_000
/** An address, and what else an earlier or later version writes beside it; a token. */
const fileBytesMax = 65_536
const files = { address: 'daemon.json', token: 'api-token' }

/**
 * The daemon of the folder, over the socket there; or why there seems to be none, undefined if nothing hints at one. Throws `FolderForbiddenError` where this user may not
 * look, and `OtherVersionError` where it cannot even be asked.
 */
export async function findDaemon(dir: string): Promise<FoundDaemon | { readonly silent: string } | undefined> {
  const api = new ApiClient({ fetch: fetchFrom(dir), place: `The daemon of ${dir}` })
  try {
    const status = await api.status(AbortSignal.timeout(answerTimeoutMs))
    return { api, status, connect: () => connectLocally(dir) }
  } catch (error) {
    if (error instanceof OtherVersionError || error instanceof FolderForbiddenError) throw error
    if (!(error instanceof DaemonUnreachableError))
      return { silent: `the daemon does not answer: ${(error as Error).message}` }
    return withoutDaemon(dir)
  }
}

/** `findDaemon` has found one that answers. */
export function isServing(found: Awaited<ReturnType<typeof findDaemon>>): found is FoundDaemon {
  return found !== undefined && 'api' in found
}

/** Tells the person at the terminal if the daemon is of another version: most of what it answers is the same, and some may not be. */
export function noteVersion({ status }: FoundDaemon): void {
  if (status.version !== version()) note(whatOtherVersionMeans(shown(status.version)))
}

/** The address of the daemon's page for a browser, and the token that it asks for. Throws `DaemonUnreachableError`. */
export async function webAccess(dir: string): Promise<{ readonly url: string; readonly token: string }> {
  const url = await webAddress(dir)
  const token = (await readText(join(dir, files.token)))?.trim()
  if (url === undefined || token === undefined)
    throw new DaemonUnreachableError(
      `The files of the daemon in ${dir} are missing; start it again with \`holdfast up\``,
    )
  return { url, token }
}

/** Where the API is served to browsers. Undefined if the file that says so is missing or none of Holdfast's. */
export async function webAddress(dir: string): Promise<string | undefined> {
  const text = await readText(join(dir, files.address))
  if (text === undefined) return undefined
  try {
    const { url } = JSON.parse(text) as { url?: unknown }
    if (typeof url !== 'string') return undefined
    const { protocol, origin } = new URL(url)
    return protocol === 'http:' || protocol === 'https:' ? origin : undefined
  } catch {
    return undefined
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readSmallFile(path, fileBytesMax)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'EACCES' || code === 'EPERM') throw new FolderForbiddenError(path)
    throw error
  }
}

/** Nobody listens in the folder. One that was killed leaves its files behind; one that holds the folder serves no API, not yet, or is of an earlier version. */
async function withoutDaemon(dir: string): Promise<{ readonly silent: string } | undefined> {
  if ((await webAddress(dir)) === undefined) return undefined
  const holder = await folderHolder(dir).catch(() => ({ pid: undefined }))
  if (holder === undefined) return undefined
  const pid = holder.pid === undefined ? '' : ` (pid ${holder.pid})`
  return { silent: `the process that holds it${pid} serves no API to this command, or not yet` }
}

/** Calls to whatever daemon the folder has at the moment. The system's errors say nothing to people. */
function fetchFrom(dir: string): Fetch {
  return async (path, request) => {
    try {
      return await fetchLocally(dir, path, request)
    } catch (error) {
      request.signal?.throwIfAborted()
      const { code = '', syscall = '' } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM') throw new FolderForbiddenError(dir)
      const why = code === '' ? '' : ` (${syscall === '' ? '' : `${syscall} `}${code})`
      throw new DaemonUnreachableError(
        `No daemon answers for ${dir}${why}; it may have ended: start it with \`holdfast up\``,
        { cause: error },
      )
    }
  }
}

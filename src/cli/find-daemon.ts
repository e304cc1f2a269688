// Whether a daemon runs on a folder, and how to speak to it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiClient, type ApiClientOptions, OtherVersionError, whatOtherVersionMeans } from '../daemon/client.ts'
import type { StatusView } from '../daemon/contract/status.ts'
import { version } from '../daemon/version.ts'
import { folderHolder } from '../store/folder.ts'
import { DaemonUnreachableError, FolderForbiddenError } from './errors.ts'
import { note, shown } from './output.ts'

/** What `daemon.json` says. */
export interface DaemonAddress {
  readonly url: string
  readonly pid: number
}

export interface FoundDaemon {
  readonly address: DaemonAddress
  readonly token: string
  readonly api: ApiClient
  readonly status: StatusView
}

/** A daemon answers this within milliseconds, unless it was stopped. */
const answerTimeoutMs = 3_000
const files = { address: 'daemon.json', token: 'api-token' }

/**
 * The daemon of the folder; or why there seems to be none, undefined if nothing hints at one. A process that was killed leaves its files behind, and its port may be
 * another program's by now: only an answer counts. Throws `FolderForbiddenError` where this user may not look, and `OtherVersionError`
 * where it cannot even be asked.
 */
export async function findDaemon(dir: string): Promise<FoundDaemon | { readonly silent: string } | undefined> {
  const located = await locate(dir)
  if (located === undefined || 'silent' in located) return located
  const { address, token } = located
  const api = new ApiClient(callsOn(dir))
  try {
    return { address, token, api, status: await api.status(AbortSignal.timeout(answerTimeoutMs)) }
  } catch (error) {
    if (error instanceof OtherVersionError) throw error
    return { silent: `the daemon (pid ${address.pid}) does not answer at ${address.url}: ${(error as Error).message}` }
  }
}

/** Tells the person at the terminal if the daemon is of another version: most of what it answers is the same, and some may not be. */
export function noteVersion({ status }: FoundDaemon): void {
  if (status.version !== version()) note(whatOtherVersionMeans(shown(status.version)))
}

/**
 * Where the daemon that holds the folder can be asked. What listens at the port of one that was killed may be another user's, and is not to be told the token: so nobody is asked whose process does not hold the
 * folder. Where that cannot be found out, the answer decides alone.
 */
async function locate(
  dir: string,
): Promise<{ readonly address: DaemonAddress; readonly token: string } | { readonly silent: string } | undefined> {
  const address = await addressOf(dir)
  if (address === undefined) return undefined
  const holder = await folderHolder(dir).catch(() => ({ pid: undefined }))
  if (holder === undefined) return undefined
  if (holder.pid !== undefined && holder.pid !== address.pid)
    return { silent: `the process that holds it (pid ${holder.pid}) serves no API, or not yet` }
  return { address, token: (await readText(join(dir, files.token)))?.trim() ?? '' }
}

/** Where a daemon was the last time that one ran here. Undefined for a file that is missing or none of Holdfast's. */
async function addressOf(dir: string): Promise<DaemonAddress | undefined> {
  const text = await readText(join(dir, files.address))
  if (text === undefined) return undefined
  try {
    const { url, pid } = JSON.parse(text) as Partial<Record<keyof DaemonAddress, unknown>>
    if (typeof url !== 'string' || !Number.isSafeInteger(pid)) return undefined
    const { protocol, origin } = new URL(url)
    return protocol === 'http:' || protocol === 'https:' ? { url: origin, pid: pid as number } : undefined
  } catch {
    return undefined
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'EACCES' || code === 'EPERM') throw new FolderForbiddenError(path)
    throw error
  }
}

/** Calls to whatever daemon the folder has at the moment: one that was started anew may be at another port. */
function callsOn(dir: string): ApiClientOptions {
  let pid = 0
  return {
    async where() {
      const located = await locate(dir)
      if (located === undefined || 'silent' in located) {
        const why = located === undefined ? '' : `, and ${located.silent}`
        throw new DaemonUnreachableError(`No daemon answers for ${dir}${why}; start it with \`holdfast up\``)
      }
      const { address, token } = located
      pid = address.pid
      return { url: address.url, token }
    },
    // Its errors say nothing to people.
    async fetch(request) {
      try {
        return await fetch(request)
      } catch (error) {
        request.signal.throwIfAborted()
        const { cause } = error as { cause?: { code?: unknown } }
        const why = typeof cause?.code === 'string' ? ` (${cause.code})` : ''
        const { origin } = new URL(request.url)
        throw new DaemonUnreachableError(
          `The daemon (pid ${pid}) cannot be reached at ${origin}${why}; it may have ended: start it with \`holdfast up\``,
          { cause: error },
        )
      }
    },
  }
}

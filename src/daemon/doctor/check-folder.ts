// The node's folder and the disk under it.
import { access, constants, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { identityFileName } from '../../identity/identity-file.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { fail, ok, warn } from './finding.ts'

const MIB = 1_048_576
/** With less, what people decide can hardly be kept. */
const freeBytesMin = 16 * MIB
const freeBytesNoted = 256 * MIB

/** Whether it can be written to, who else can read it, and how much room there is. */
export async function checkFolder(dir: string): Promise<DoctorCheck[]> {
  const checks: DoctorCheck[] = []
  try {
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    checks.push(await checkAccess(dir))
    checks.push(await checkRoom(dir))
  } catch (error) {
    const { code = 'it failed' } = error as { code?: string }
    checks.push(
      fail(
        'folder',
        `the folder ${dir} cannot be written to (${code})`,
        'give this user the right to it, or remount the disk for writing',
        {
          dir,
          code,
        },
      ),
    )
  }
  return checks
}

async function checkAccess(dir: string): Promise<DoctorCheck> {
  const { mode } = await stat(join(dir, identityFileName))
  // Windows has no such modes.
  const isExposed = process.platform !== 'win32' && (mode & 0o077) !== 0
  if (!isExposed) return ok('folder', `${dir} can be written to, and nobody else can read the identity`, { dir })
  return fail('folder', `others on this machine can open ${join(dir, identityFileName)}`, `chmod 600 it`, { dir })
}

async function checkRoom(dir: string): Promise<DoctorCheck> {
  const { bavail, bsize } = await statfs(dir)
  return judgeRoom(dir, bavail * bsize)
}

/** By the bytes that this user can still write there. */
export function judgeRoom(dir: string, freeBytes: number): DoctorCheck {
  const data = { freeBytes }
  const text = `${freeBytes < 10 * 1024 * MIB ? `${Math.floor(freeBytes / MIB)} MiB` : `${Math.floor(freeBytes / 1024 / MIB)} GiB`} are free on the disk of ${dir}`
  const cure = 'make room: without it, nothing that you decide about peers is kept'
  if (freeBytes < freeBytesMin) return fail('disk', text, cure, data)
  return freeBytes < freeBytesNoted ? warn('disk', text, cure, data) : ok('disk', text, data)
}

// Completes package-lock.json after `npm install` behind a registry that mirrors some platforms only.
//
// npm leaves out of the lock file the optional packages that it could not find, such as the binaries of other
// platforms, and `npm ci` then refuses the lock file as out of date, on every platform. This script adds them
// with the version that their parent asks for and the platform that their name states, as npm itself would have.
import { readFileSync, writeFileSync } from 'node:fs'

interface LockEntry {
  version?: string
  dev?: boolean
  optional?: boolean
  cpu?: string[]
  libc?: string[]
  os?: string[]
  optionalDependencies?: Record<string, string>
}

interface Lock {
  packages: Record<string, LockEntry>
}

const platformName =
  /[-/](?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(?<abi>\w+))?$/

/** The lock entry of a package that is named for its platform; undefined if it is not. */
function platformEntry(name: string, version: string, parent: LockEntry): LockEntry | undefined {
  const { os, cpu, abi } = platformName.exec(name)?.groups ?? {}
  if (os === undefined || cpu === undefined) return undefined
  const entry: LockEntry = { version, cpu: [cpu], os: [os], optional: true }
  if (os === 'linux' && abi !== undefined) entry.libc = [abi.startsWith('musl') ? 'musl' : 'glibc']
  if (parent.dev === true) entry.dev = true
  return entry
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
const added: string[] = []
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (path in lock.packages || !/^\d/.test(version)) continue
    const entry = platformEntry(name, version, parent)
    if (entry === undefined) continue
    lock.packages[path] = entry
    added.push(`${name}@${version}`)
  }
}

const [root, ...rest] = Object.entries(lock.packages)
if (root === undefined) throw new Error('package-lock.json lists no packages; run npm install first')
lock.packages = Object.fromEntries([root, ...rest.toSorted(([a], [b]) => a.localeCompare(b, 'en'))])
if (added.length > 0) writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(added.length > 0 ? `added ${added.join(', ')}\n` : 'nothing to add\n')

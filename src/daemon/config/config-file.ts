// The TOML file: whether it can be read at all, what stands in it, and where.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { ConfigError, type Origin } from './errors.ts'
import { findPositions, type Positions } from './toml-positions.ts'
import { xmlProblems } from './unknown-entry.ts'

/** All settings with all their comments take a tenth of it. */
const fileBytesMax = 256 * 1024
/** Whoever may write the file may let anybody in. */
const othersMayWrite = 0o002

export interface ConfigFile {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
  /** Where a key, or an element of its list, stands. */
  origin(key: string, index?: number): Origin
}

/** Where the file is looked for if nobody names one: in the platform's folder for configurations. */
export function defaultConfigPath(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const { XDG_CONFIG_HOME, APPDATA } = env
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'holdfast', 'config.toml')
    case 'win32':
      return join(APPDATA || join(home, 'AppData', 'Roaming'), 'holdfast', 'config.toml')
    default: {
      // The XDG base directory specification has relative paths ignored.
      const base = XDG_CONFIG_HOME && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(home, '.config')
      return join(base, 'holdfast', 'config.toml')
    }
  }
}

/** Reads the file. Throws `ConfigError` if it cannot be read, or is no TOML. Undefined if there is none. */
export async function readConfigFile(path: string): Promise<ConfigFile | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  const values = parsed(text, path)
  let positions: Positions | undefined
  return {
    path,
    values,
    origin(key, index) {
      positions ??= findPositions(text)
      const place = (index === undefined ? undefined : positions.get(`${key}[${index}]`)) ?? positions.get(key)
      return { kind: 'file', path, ...(place ?? { line: 1, column: 1 }) }
    },
  }
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    if (/^\s*</.test(text)) throw new ConfigError(xmlProblems(text, path), { cause: error })
    const { line, column } = error
    const [first = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    throw new ConfigError([{ origin: { kind: 'file', path, line, column }, text: `This is no TOML: ${first}` }], {
      cause: error,
    })
  }
}

async function readText(path: string): Promise<string | undefined> {
  let file: FileHandle
  try {
    // Without O_NONBLOCK a FIFO in this place would hang the start.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    const cure = code === 'EACCES' ? 'this user may not read it; change its owner or its mode' : message
    throw unusable(path, cure, error)
  }
  try {
    return decoded(await readBounded(file, path), path)
  } catch (error) {
    throw error instanceof ConfigError ? error : unusable(path, (error as Error).message, error)
  } finally {
    await file.close()
  }
}

async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  const stats = await file.stat()
  if (stats.isDirectory()) throw unusable(path, 'it is a folder; name the file in it, such as config.toml')
  if (!stats.isFile()) throw unusable(path, 'it is not a regular file')
  if (stats.size > fileBytesMax) {
    throw unusable(path, `it has ${stats.size} bytes, and a configuration has at most ${fileBytesMax}`)
  }
  if (process.platform !== 'win32' && (stats.mode & othersMayWrite) !== 0)
    throw unusable(path, `other users may change it; make that impossible with: chmod o-w '${path}'`)
  return file.readFile()
}

function decoded(bytes: Buffer, path: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // Told below.
  }
  throw unusable(path, 'it is no text in UTF-8; `holdfast config --example` prints one')
}

function unusable(path: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError([{ origin: undefined, text: `The configuration ${path} cannot be used: ${why}` }], { cause })
}

// The configuration from all its sources, in rising order: defaults, the file, the environment, flags.
import { dirname, resolve } from 'node:path'
import { type ConfigFile, defaultConfigPath, readConfigFile } from './config-file.ts'
import { contradictions } from './consistency.ts'
import { refusal } from './describe.ts'
import { fileVariable, readEnvironment } from './environment.ts'
import { ConfigError, type Origin, type Problem } from './errors.ts'
import { valueFromText } from './from-text.ts'
import type { DaemonConfig, SettingKey, Settings } from './schema.ts'
import { readNetworkSecret } from './secret-file.ts'
import { type Candidate, settingNamed, settings } from './setting.ts'
import { unknownEntry } from './unknown-entry.ts'

/** What flags say, by setting: text as it was given, a list for flags that were given several times, a boolean for switches without a value. */
export type Flags = { readonly [key in SettingKey]?: string | boolean | readonly string[] | undefined }

export interface ConfigSources {
  /** The folder of the node, from `--dir`, HOLDFAST_DIR or the platform's convention. */
  readonly dir: string
  /** What `--config` names. Default: HOLDFAST_CONFIG, or else the platform's place, where it may be missing. */
  readonly file?: string | undefined
  /** Default: that of the process. */
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly flags?: Flags | undefined
}

export interface LoadedConfig {
  readonly config: DaemonConfig
  readonly origins: Readonly<Record<SettingKey, Origin>>
  /** The file that was read; undefined if there is none. */
  readonly file: string | undefined
  /** What does no harm, but is probably not meant. */
  readonly warnings: readonly string[]
}

/**
 * Reads and checks all sources. Throws `ConfigError` with everything that is wrong in any of them, also in what a higher one overrides: a mistake in the file is
 * no better for being hidden today.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { dir, env = process.env, flags = {} } = sources
  const file = await fileOf(sources.file, env)
  const fromEnvironment = readEnvironment(env)
  const fromFile = file === undefined ? { candidates: [], problems: [] } : candidatesOf(file)
  const problems: Problem[] = [...fromFile.problems]
  const values: Partial<Record<SettingKey, unknown>> = {}
  const origins = {} as Record<SettingKey, Origin>
  for (const { key, defaultValue } of settings) {
    values[key] = defaultValue
    origins[key] = { kind: 'default' }
  }
  for (const candidate of [...fromFile.candidates, ...fromEnvironment.candidates, ...candidatesOfFlags(flags)]) {
    const { setting, origin } = candidate
    const { success, data, error } = setting.parse(candidate.value)
    if (success) {
      values[setting.key] = data
      origins[setting.key] = origin
    } else problems.push(...error.issues.slice(0, 1).map((issue) => problemOf(candidate, issue, file)))
  }
  if (problems.length > 0) throw new ConfigError(problems.toSorted(byPlace))
  const config = { ...(values as Settings), dir: resolve(dir) }
  const absolute = { ...config, networkSecretFile: absolutePath(config.networkSecretFile, origins.networkSecretFile) }
  const contradicting = contradictions(absolute, origins)
  if (contradicting.length > 0) throw new ConfigError(contradicting)
  if (absolute.networkSecretFile !== undefined)
    await readNetworkSecret(absolute.networkSecretFile, origins.networkSecretFile)
  return { config: absolute, origins, file: file?.path, warnings: fromEnvironment.warnings }
}

/** One that somebody named has to exist. */
async function fileOf(named: string | undefined, env: NodeJS.ProcessEnv): Promise<ConfigFile | undefined> {
  const path = named ?? (env[fileVariable] || undefined)
  if (path === undefined) return readConfigFile(defaultConfigPath(env))
  const file = await readConfigFile(resolve(path))
  if (file !== undefined) return file
  const text = `There is no configuration at ${resolve(path)}; \`holdfast config --example\` prints one to begin with`
  throw new ConfigError([{ origin: undefined, text }])
}

function candidatesOf(file: ConfigFile): { candidates: Candidate[]; problems: Problem[] } {
  const candidates: Candidate[] = []
  const problems: Problem[] = []
  for (const [key, value] of Object.entries(file.values)) {
    const setting = settingNamed(key)
    if (setting === undefined) problems.push(...unknownEntry(file, key, value))
    else candidates.push({ setting, value, origin: file.origin(key) })
  }
  return { candidates, problems }
}

function candidatesOfFlags(flags: Flags): Candidate[] {
  return settings.flatMap((setting): Candidate[] => {
    const given = flags[setting.key]
    if (given === undefined) return []
    const value = typeof given === 'string' ? valueFromText(setting, given) : given
    return [{ setting, value, origin: { kind: 'flag', flag: setting.flag } }]
  })
}

function problemOf(
  { setting, value, origin }: Candidate,
  issue: Parameters<typeof refusal>[2],
  file?: ConfigFile,
): Problem {
  const [index] = issue.path
  const exact =
    origin.kind === 'file' && typeof index === 'number' ? (file?.origin(setting.key, index) ?? origin) : origin
  return { origin: exact, text: `${setting.key} ${refusal(setting, value, issue)}` }
}

/** The file from top to bottom; other sources keep their order, behind it. */
function byPlace({ origin: a }: Problem, { origin: b }: Problem): number {
  return a?.kind === 'file' && b?.kind === 'file' ? a.line - b.line || a.column - b.column : 0
}

/** A relative path counts from the folder of the file that names it. */
function absolutePath(path: string | undefined, origin: Origin): string | undefined {
  if (path === undefined) return undefined
  return origin.kind === 'file' ? resolve(dirname(origin.path), path) : resolve(path)
}

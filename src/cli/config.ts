import type { Command } from 'commander'
import type { LoadedConfig } from '../daemon/config/load.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from './options.ts'
import { note, print, printJson } from './output.ts'
import type { SettingsOptions } from './settings-flags.ts'

interface ConfigOptions extends FolderOptions, JsonOptions, SettingsOptions {
  readonly check?: true
  readonly example?: true
}

/** `holdfast config`. */
export function addConfig(program: Command): void {
  const command = program
    .command('config')
    .description('show which settings are in force, and where each value comes from')
    .option('--check', 'say whether the configuration is right, and nothing else')
    .option('--example', 'print a TOML file with all settings, their defaults and what they are for')
  withJson(withFolder(command)).action(config)
}

async function config(options: ConfigOptions): Promise<void> {
  if (options.example) {
    const { exampleConfig } = await import('../daemon/config/example.ts')
    return print(exampleConfig().trimEnd())
  }
  const [{ loadConfig }, { flagsOf }] = await Promise.all([
    import('../daemon/config/load.ts'),
    import('./settings-flags.ts'),
  ])
  const loaded = await loadConfig({ dir: options.dir, file: options.config, flags: flagsOf(options) })
  for (const warning of loaded.warnings) note(`holdfast: ${warning}`)
  if (options.check) await checked(loaded, options)
  else await shown(loaded, options)
}

async function checked({ file, origins }: LoadedConfig, { json }: ConfigOptions): Promise<void> {
  const set = Object.values(origins).filter(({ kind }) => kind !== 'default').length
  if (json) printJson({ ok: true, file: file ?? null, set })
  else print(`${file ?? 'No file, and the rest'}: everything is right; ${set} settings are not the default`)
}

async function shown({ config, origins, file }: LoadedConfig, { json }: ConfigOptions): Promise<void> {
  const [{ settings }, { literal }, { place }, { table }] = await Promise.all([
    import('../daemon/config/setting.ts'),
    import('../daemon/config/describe.ts'),
    import('../daemon/config/errors.ts'),
    import('./table.ts'),
  ])
  if (json) {
    const values = settings.map(({ key }) => ({ key, value: config[key] ?? null, source: origins[key] }))
    return printJson({ dir: config.dir, file: file ?? null, values })
  }
  const rows = settings.map(({ key }) => [
    key,
    config[key] === undefined ? '–' : literal(config[key]),
    place(origins[key]),
  ])
  for (const line of table(['SETTING', 'VALUE', 'FROM'], rows)) print(line)
}

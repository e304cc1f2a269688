import type { Command } from 'commander'
import { literal } from '../../daemon/config/literal.ts'
import type { LoadedConfig } from '../../daemon/config/load.ts'
import type { ConfigView } from '../../daemon/contract/config.ts'
import { NoDaemonError } from '../errors.ts'
import { findDaemon, isServing, noteVersion } from '../find-daemon.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import type { SettingsOptions } from '../settings-flags.ts'
import { note, print, printJson } from '../terminal/output.ts'

interface ConfigOptions extends FolderOptions, JsonOptions, SettingsOptions {
  readonly check?: true
  readonly example?: true
  readonly reload?: true
}

/** `holdfast config`. */
export function addConfig(program: Command): void {
  const command = program
    .command('config')
    .description('show the settings in effect, and the source of each value')
    .option('--check', 'only check the configuration')
    .option('--reload', 'make the running daemon read its configuration again')
    .option('--example', 'print a TOML file with all settings, their defaults and their purpose')
  withHelp(
    withJson(withFolder(command)),
    `
If a daemon runs, the command shows the daemon's settings and what a reload would change; otherwise the settings that a
daemon would start with. With --config or the flag of a setting, it shows the settings that a daemon would start with then.

Examples:
  $ holdfast config
  $ holdfast config --example > config.toml
  $ holdfast config --check --config /etc/holdfast.toml
  $ holdfast config --reload`,
  ).action(config)
}

async function config(options: ConfigOptions): Promise<void> {
  if (options.example) return example()
  if (options.reload) return reload(options)
  const { flagsOf } = await import('../settings-flags.ts')
  const flags = flagsOf(options)
  // Whoever names a source wants to know about that one.
  const isAboutDaemon = !options.check && options.config === undefined && Object.keys(flags).length === 0
  const found = isAboutDaemon ? await findDaemon(options.dir) : undefined
  if (isServing(found)) {
    noteVersion(found)
    return showInForce(await found.api.config(), found.status.pid, options)
  }
  const { loadConfig } = await import('../../daemon/config/load.ts')
  const loaded = await loadConfig({ dir: options.dir, file: options.config, flags })
  for (const warning of loaded.warnings) note(`holdfast: ${warning}`)
  if (options.check) checked(loaded, options)
  else await showLoaded(loaded, options)
}

async function example(): Promise<void> {
  const { exampleConfig } = await import('../../daemon/config/example.ts')
  print(exampleConfig().trimEnd())
}

async function reload({ dir, json }: ConfigOptions): Promise<void> {
  const found = await findDaemon(dir)
  if (!isServing(found)) throw new NoDaemonError(dir, 'only one that runs can reload')
  noteVersion(found)
  const reloaded = await found.api.reloadConfig()
  if (json) return printJson(reloaded)
  const { changed, needRestart } = reloaded
  print(changed.length === 0 ? 'Nothing has changed that can change now' : `In force now: ${changed.join(', ')}`)
  if (needRestart.length > 0) note(`At the next start: ${needRestart.join(', ')}`)
}

function checked({ file, origins, warnings }: LoadedConfig, { json }: ConfigOptions): void {
  const set = Object.values(origins).filter(({ kind }) => kind !== 'default').length
  if (json) return printJson({ ok: true, file: file ?? null, set, warnings })
  print(
    `${file ?? 'Without a file'}: everything is right, and ${set === 0 ? 'all settings are' : `all but ${set} settings are`} the default`,
  )
}

/** What a daemon that is started now would have. */
async function showLoaded({ config, origins, file, warnings }: LoadedConfig, { json }: ConfigOptions): Promise<void> {
  const [{ settings }, { place }] = await Promise.all([
    import('../../daemon/config/setting.ts'),
    import('../../daemon/config/errors.ts'),
  ])
  const values = settings.map(({ key }) => ({
    key,
    value: config[key] ?? null,
    source: origins[key].kind,
    place: place(origins[key]),
  }))
  if (json) return printJson({ dir: config.dir, file: file ?? null, running: false, values, warnings })
  note(`No daemon runs on ${config.dir}; with this one would start`)
  await printTable(values)
}

/** What the daemon has, and what its sources say by now. */
async function showInForce(view: ConfigView, pid: number, { json }: ConfigOptions): Promise<void> {
  const { values, problem } = view
  if (json) return printJson({ ...view, running: true })
  note(`The daemon that runs (pid ${pid}) has this in force`)
  await printTable(values)
  const pending = (kind: 'reload' | 'restart'): string[] =>
    values.filter((value) => value.pending === kind).map(({ key, next }) => `${key} = ${valueText(next)}`)
  const [reloading, restarting] = [pending('reload'), pending('restart')]
  if (reloading.length > 0) note(`After \`holdfast config --reload\`: ${reloading.join(', ')}`)
  if (restarting.length > 0) note(`At its next start: ${restarting.join(', ')}`)
  if (problem !== null) note(`By now its configuration is wrong, and would not be taken:\n${problem}`)
}

type Row = Pick<ConfigView['values'][number], 'key' | 'value' | 'place'> & { readonly pending?: unknown }

async function printTable(values: readonly Row[]): Promise<void> {
  const { table } = await import('../terminal/table.ts')
  const rows = values.map(({ key, value, place, pending }) => [
    key,
    `${valueText(value)}${pending === null || pending === undefined ? '' : ' *'}`,
    place,
  ])
  for (const line of table(['SETTING', 'VALUE', 'FROM'], rows)) print(line)
}

const valueText = (value: unknown): string => (value === null || value === undefined ? '–' : literal(value))

// A flag for each setting of the daemon. Loaded by the commands that have them alone, since the schema takes longer to load than most commands to run.
import { type Command, Option } from 'commander'
import { emptyList, textOfValue } from '../daemon/config/from-text.ts'
import type { Flags } from '../daemon/config/load.ts'
import { otherNames, otherSpelling } from '../daemon/config/other-spellings.ts'
import type { SettingKey } from '../daemon/config/schema.ts'
import { type Form, type Setting, settingNamed, settings } from '../daemon/config/setting.ts'
import { UsageError } from './errors.ts'

export interface SettingsOptions {
  /** The file that `--config` names. */
  readonly config?: string
  readonly [attribute: string]: unknown
}

/** `--config`, and a flag for each setting, in the groups of the documentation. */
export function addSettings(command: Command): void {
  command.option('--config <file>', 'configuration (TOML); HOLDFAST_CONFIG sets the default')
  for (const setting of settings) {
    command.addOption(flagOf(setting))
    if (setting.form.kind === 'list') command.addOption(noneOf(setting))
  }
  const taken = new Set(settings.map(({ flag }) => flag))
  for (const name of otherNames) {
    const flag = `--${name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
    if (!taken.has(flag)) command.addOption(otherFlag(name, flag))
  }
}

/** The flag of another system, which is answered by those to give instead. */
function otherFlag(name: string, flag: string): Option {
  return new Option(`${flag} [value]`)
    .hideHelp()
    .preset('')
    .argParser((text) => {
      const { use = [], note } = otherSpelling(name, text) ?? {}
      const instead = use.map(([key, value]) => `${settingNamed(key)?.flag} ${textOfValue(value)}`).join(' ')
      throw new UsageError(
        `There is no option ${flag}; ${[instead && `use ${instead}`, note].filter(Boolean).join('; ')}`,
      )
    })
}

/** What the flags say, by setting. Throws nothing: values are checked with those of the other sources. */
export function flagsOf(options: SettingsOptions): Flags {
  const flags: Partial<Record<SettingKey, string | boolean | readonly string[]>> = {}
  for (const setting of settings) {
    const value = options[flagOf(setting).attributeName()]
    if (value === undefined) continue
    flags[setting.key] = value === false && setting.form.kind === 'list' ? [] : (value as string | boolean | string[])
  }
  return flags
}

function flagOf({ key, flag, form, about }: Setting): Option {
  const [text = ''] = about.text.split(/(?<=[.:]) /)
  const option = new Option(`${flag} ${placeholder(key, form)}`, plain(text)).helpGroup(`${about.group}:`)
  return form.kind === 'list' ? option.argParser(collect) : option
}

/** `--no-listen`: the empty list. */
function noneOf({ flag, about }: Setting): Option {
  return new Option(`--no-${flag.slice(2)}`).helpGroup(`${about.group}:`).hideHelp()
}

function placeholder(key: SettingKey, form: Form): string {
  switch (form.kind) {
    case 'switch':
      return '[true|false]'
    case 'choice':
      return `<${form.options.join('|')}>`
    case 'list':
      return '<value>'
    case 'number':
      return '<number>'
    case 'text':
      return key.endsWith('File') ? '<file>' : '<text>'
  }
}

/** The flag of a list may be given several times. */
function collect(text: string, before: readonly string[] | false | undefined): string[] {
  if (text === emptyList) return []
  return [...(before || []), text]
}

/** Without the marks of Markdown and of a sentence, as the other options have it. */
const plain = (text: string): string =>
  text
    .replaceAll('`', '')
    .replace(/[.:]$/, '')
    .replace(/^[A-Z](?![A-Z])/, (capital) => capital.toLowerCase())

// What the file holds that is no setting: answered by what would be right.
import type { ConfigFile } from './config-file.ts'
import { refusal } from './describe.ts'
import type { Problem } from './errors.ts'
import { literal } from './literal.ts'
import { bare, nearest } from './nearest.ts'
import { adviceText } from './other-spellings.ts'
import { type Setting, settingNamed, settings } from './setting.ts'

/** Of a table, so many entries are answered. */
const ENTRIES_MAX = 20
const KEY_SHOWN_CHARS = 60

/** What people look for here, and where it is. */
const elsewhere: Readonly<Record<string, string>> = {
  dir: 'the folder is given by --dir or HOLDFAST_DIR, since the other commands need it to find the daemon',
  networkSecret:
    'a secret never stands in the configuration, which is shown and copied; write it to a file and name that in networkSecretFile',
  apiToken: 'the token is made at the first start and kept in the file api-token in the folder of the node',
}

/** What is wrong with a file that is XML, as that of another system is: a problem for each element that has a counterpart here. */
export function xmlProblems(text: string, path: string): Problem[] {
  const problems: Problem[] = [
    {
      origin: { kind: 'file', path, line: 1, column: 1 },
      text: 'This is XML, and a configuration is TOML: lines of key = value',
    },
  ]
  for (const [at, line] of text.split('\n').entries()) {
    for (const { index, 1: name = '', 2: inner = '' } of line.matchAll(
      /<([A-Za-z][\w-]{0,59})>([^<>]{0,255})<\/\1>/g,
    )) {
      const advice = adviceLike(name, scalarOf(inner.trim()))
      if (advice === undefined || problems.length > ENTRIES_MAX) continue
      problems.push({
        origin: { kind: 'file', path, line: at + 1, column: index + 1 },
        text: `For <${name}> ${advice}`,
      })
    }
  }
  return problems
}

/** One problem for a key, or one for each entry of a table. */
export function unknownEntry(file: ConfigFile, key: string, value: unknown): Problem[] {
  const others = file.values
  if (!isTable(value)) return [{ origin: file.origin(key), text: unknownKey(key, value, others) }]
  const entries = Object.entries(value)
  const known = entries.filter(([name]) => adviceLike(name, '') !== undefined)
  if (known.length === 0)
    return [{ origin: file.origin(key), text: unknownKey(key, value, others, '; settings stand outside of tables') }]
  return entries.slice(0, ENTRIES_MAX).map(([name, inner]) => ({
    origin: file.origin(`${key}.${name}`),
    text: entryOfTable(key, name, inner, { ...others, ...value }),
  }))
}

function entryOfTable(table: string, name: string, value: unknown, others: Readonly<Record<string, unknown>>): string {
  const setting = settingNamed(name)
  const where = `above all tables, without [${shown(table)}]`
  if (setting === undefined)
    return unknownKey(name, value, others, ` in [${shown(table)}]; settings stand outside of tables`)
  return `Settings stand outside of tables; use ${name} = ${literal(accepted(setting, value))} ${where}`
}

/** The value if it is taken, or what the refusal of it advises, or a value to show. */
function accepted(setting: Setting, value: unknown): unknown {
  const { success, error } = setting.parse(value)
  if (success) return value
  const [, advised] = /; write (.+)$/.exec(refusal(setting, value, error.issues[0]!)) ?? []
  return advised === undefined ? (setting.defaultValue ?? setting.about.example) : (JSON.parse(advised) as unknown)
}

/** What to write for a name of another system, or for one of this that is spelled otherwise. */
function adviceLike(name: string, value: unknown, others?: Readonly<Record<string, unknown>>): string | undefined {
  const advice = adviceText(name, value, others)
  if (advice !== undefined) return advice
  const same = settings.find((setting) => bare(setting.key) === bare(name))
  return same && `use ${same.key} = ${literal(accepted(same, value))}`
}

function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function unknownKey(key: string, value: unknown, others: Readonly<Record<string, unknown>>, form = ''): string {
  const known = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined
  const start = `There is no setting ${JSON.stringify(shown(key))}`
  if (known !== undefined) return `${start}: ${known}`
  const advice = isTable(value) ? undefined : adviceLike(key, value, others)
  if (advice !== undefined) return `${start}${form}; ${advice}`
  const meant = nearest(
    key,
    settings.map((setting) => setting.key),
  )
  const suggestion = meant === undefined ? '`holdfast config --example` lists all' : `did you mean ${meant}?`
  return `${start}${form}; ${suggestion}`
}

const shown = (key: string): string => key.slice(0, KEY_SHOWN_CHARS)

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

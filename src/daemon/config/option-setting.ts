// Settings that are options of the library: form, default, range and text come from the option; the daemon adds a name, a group and its units.
import { z } from 'zod'
import type { ChoiceOption, NumberOption, Option, ProtocolsOption, SwitchOption } from '../../core/options.ts'
import { optionTables, tunable } from '../../node/options.ts'
import { protocolNames } from './kinds.ts'

export const groups = [
  'This node',
  'Who is let in',
  'Dialing',
  'Keep-alive',
  'Links and sessions',
  'Limits',
  'Local network',
  'API and dashboard',
  'Log',
] as const

type Group = (typeof groups)[number]

export interface About {
  readonly group: Group
  /** One or two sentences; in Markdown where that helps. */
  readonly text: string
  /** What the number counts. */
  readonly unit?: 'seconds' | 'MiB' | undefined
  /** What holds where nothing is said, if that is no value. */
  readonly otherwise?: string | undefined
  /** A value to show where there is no default. */
  readonly example?: string | readonly string[] | undefined
  /** Whether it changes at a reload; else at the next start. */
  readonly reload: boolean
  /** The option of the library that it is. */
  readonly option?: { readonly path: OptionPath; readonly valueOf: (setting: unknown) => unknown }
}

/** What is known of each setting beside its form. */
export const about = z.registry<About>()

type PathIn<Tables> = {
  [Name in keyof Tables & string]: Tables[Name] extends Option ? Name : `${Name}.${PathIn<Tables[Name]>}`
}[keyof Tables & string]
type At<Tables, Path> = Path extends `${infer Name}.${infer Rest}`
  ? At<Tables[Name & keyof Tables], Rest>
  : Tables[Path & keyof Tables]

/** Where an option stands in `OpenOptions`; one of a keep-alive behind its mode. */
export type OptionPath = PathIn<typeof optionTables>

type SchemaOf<Row> = Row extends SwitchOption
  ? z.ZodDefault<z.ZodBoolean>
  : Row extends NumberOption
    ? z.ZodDefault<z.ZodNumber>
    : Row extends ProtocolsOption
      ? z.ZodDefault<z.ZodArray<z.ZodString>>
      : Row extends ChoiceOption<infer Choice, infer Value>
        ? undefined extends Value
          ? z.ZodOptional<z.ZodEnum<{ [Name in Choice]: Name }>>
          : z.ZodDefault<z.ZodEnum<{ [Name in Choice]: Name }>>
        : never

/** What the daemon has otherwise than the library. Bounds and default are in the unit of the setting. */
interface Differences extends Partial<Pick<About, 'text' | 'otherwise' | 'example'>> {
  readonly least?: number
  readonly default?: number
  /** Parts of a second count. Default: whole numbers. */
  readonly isDecimal?: boolean
}

const protocolsMax = 64
const units = {
  milliseconds: { unit: 'seconds', factor: 1_000 },
  bytes: { unit: 'MiB', factor: 1_048_576 },
  none: { unit: undefined, factor: 1 },
} as const

/** The setting for an option. */
export function ofOption<Path extends OptionPath>(
  path: Path,
  group: Group,
  differences: Differences = {},
): SchemaOf<At<typeof optionTables, Path>> {
  const names = path.split('.')
  const row = names.reduce<unknown>((tables, name) => (tables as Record<string, unknown>)[name], optionTables) as Option
  const { unit, factor } = units[(row.kind === 'number' && row.unit) || 'none']
  const { schema, text, valueOf } = settingOf(row, factor, differences)
  const reload = tunable.some((name) => name === names[0])
  const { example, otherwise = row.kind === 'choice' ? row.otherwise : undefined } = differences
  const option = { path, valueOf }
  about.add(schema, { group, text: differences.text ?? text, unit, otherwise, example, reload, option })
  return schema as SchemaOf<At<typeof optionTables, Path>>
}

/** In a list of protocols `all` stands for every one. */
const allOr = (names: readonly string[]): 'all' | readonly string[] => (names.includes('all') ? 'all' : names)

function settingOf(row: Option, factor: number, differences: Differences) {
  const same = (value: unknown): unknown => value
  switch (row.kind) {
    case 'switch':
      return { schema: z.boolean().default(row.default), text: row.text, valueOf: same }
    case 'choice': {
      const schema = z.enum(row.choices)
      const withDefault = row.default === undefined ? schema.optional() : schema.default(row.default)
      return { schema: withDefault, text: row.text, valueOf: same }
    }
    case 'protocols': {
      const schema = protocolNames(protocolsMax).default(row.default === 'all' ? ['all'] : [...row.default])
      return { schema, text: `${row.text} \`["all"]\`: all.`, valueOf: (value: unknown) => allOr(value as string[]) }
    }
    case 'number':
      return numberSetting(row, factor, differences)
  }
}

/** Where an option has no default 0 stands for that. */
function numberSetting(row: NumberOption, factor: number, differences: Differences) {
  const isWhole = factor === 1 ? row.isWhole === true : differences.isDecimal !== true
  const [least, most] = [row.least / factor, (row.most ?? Number.MAX_SAFE_INTEGER) / factor]
  const isOptional = row.default === undefined
  const min = differences.least ?? (isOptional ? 0 : isWhole ? Math.ceil(least) : least)
  const form = isWhole ? z.int().min(min).max(Math.floor(most)) : z.number().min(min).max(most)
  return {
    schema: form.default(differences.default ?? (row.default ?? 0) / factor),
    text: isOptional ? `${row.text} 0: ${row.otherwise}.` : row.text,
    valueOf: (value: unknown) => (isOptional && value === 0 ? undefined : (value as number) * factor),
  }
}

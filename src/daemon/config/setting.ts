// One setting, as everything that is made of the schema sees it: its form, its default and its names.
import { z } from 'zod'
import type { Origin } from './errors.ts'
import { type About, about } from './option-setting.ts'
import { configSchema, type SettingKey } from './schema.ts'

export type Form =
  | { readonly kind: 'text' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'list'; readonly max: number }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly isWhole: boolean }

export interface Setting {
  readonly key: SettingKey
  readonly about: About
  readonly form: Form
  /** Undefined where nothing said means something that is no value. */
  readonly defaultValue: unknown
  /** In the environment: HOLDFAST_IDLE_TIMEOUT_S. */
  readonly variable: string
  /** On the command line: --idle-timeout-s. */
  readonly flag: string
  /** The value if it is right, or zod's issues. */
  parse(value: unknown): z.ZodSafeParseResult<unknown>
}

/** What one of the sources says that a setting is. */
export interface Candidate {
  readonly setting: Setting
  readonly value: unknown
  readonly origin: Origin
}

function settingOf(key: SettingKey): Setting {
  const schema = configSchema.shape[key]
  const known = about.get(schema)
  if (known === undefined) throw new Error(`Nothing is said about the setting ${key}`)
  const inner = schema.unwrap()
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('Mi B', 'MiB')
    .split(' ')
  return {
    key,
    about: known,
    form: formOf(inner),
    defaultValue: schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined,
    variable: `HOLDFAST_${words.join('_').toUpperCase()}`,
    flag: `--${words.join('-').toLowerCase()}`,
    parse: (value) => inner.safeParse(value),
  }
}

function formOf(schema: z.ZodType): Form {
  if (schema instanceof z.ZodBoolean) return { kind: 'switch' }
  if (schema instanceof z.ZodString) return { kind: 'text' }
  if (schema instanceof z.ZodEnum) return { kind: 'choice', options: schema.options.map(String) }
  if (schema instanceof z.ZodArray) {
    const bounds = schema.def.checks?.map((check) => check._zod.def as z.core.$ZodCheckMaxLengthDef) ?? []
    return { kind: 'list', max: Math.min(...bounds.map(({ maximum }) => maximum)) }
  }
  if (schema instanceof z.ZodNumber) {
    const { minValue, maxValue, format } = schema
    return { kind: 'number', min: minValue ?? -Infinity, max: maxValue ?? Infinity, isWhole: format === 'safeint' }
  }
  throw new Error(`No form is known for ${schema.constructor.name}`)
}

/** All settings, in the order of the schema. */
export const settings: readonly Setting[] = (Object.keys(configSchema.shape) as SettingKey[]).map(settingOf)

const byKey = new Map<string, Setting>(settings.map((setting) => [setting.key, setting]))

export function settingNamed(key: string): Setting | undefined {
  return byKey.get(key)
}

// Options as data. The type of an option, its check, the daemon's setting and the documents come from its row in a table.

interface Row<Value> {
  /** What holds where nothing is said; undefined if that is no value. */
  readonly default: Value
  /** One or two sentences, in Markdown. */
  readonly text: string
  /** What an undefined default means. */
  readonly otherwise?: string
}

export interface NumberOption<Value extends number | undefined = number | undefined> extends Row<Value> {
  readonly kind: 'number'
  readonly least: number
  /** Default: no bound. */
  readonly most?: number
  /** Default false. */
  readonly isWhole?: boolean
  readonly unit?: 'milliseconds' | 'bytes'
}

export interface SwitchOption extends Row<boolean> {
  readonly kind: 'switch'
}

export interface ChoiceOption<Choice extends string = string, Value extends Choice | undefined = Choice | undefined>
  extends Row<Value> {
  readonly kind: 'choice'
  readonly choices: readonly Choice[]
}

/** Names of protocols, or all of them. */
export interface ProtocolsOption extends Row<'all' | readonly string[]> {
  readonly kind: 'protocols'
}

export type Option = NumberOption | SwitchOption | ChoiceOption | ProtocolsOption
export type OptionTable = Readonly<Record<string, Option>>

/** The values of all options of a table. The comment on a row is the one that editors show. */
export type OptionsOf<Table extends OptionTable> = { readonly [Name in keyof Table]: Table[Name]['default'] }
/** Some of them. What is undefined or left out is as by default. */
export type GivenOptions<Table extends OptionTable> = {
  readonly [Name in keyof Table]?: Table[Name]['default'] | undefined
}

/** The least of what has to be above zero. */
export const ABOVE_ZERO = Number.MIN_VALUE

export const number = <Value extends number | undefined = number>(
  row: Omit<NumberOption<NoInfer<Value>>, 'kind'>,
): NumberOption<Value> => ({ kind: 'number', ...row })

export const whole = <Value extends number | undefined = number>(
  row: Omit<NumberOption<NoInfer<Value>>, 'kind'>,
): NumberOption<Value> => ({ kind: 'number', isWhole: true, ...row })

export const toggle = (row: Omit<SwitchOption, 'kind'>): SwitchOption => ({ kind: 'switch', ...row })

export const choice = <Choice extends string, Value extends Choice | undefined = Choice>(
  row: Omit<ChoiceOption<Choice, NoInfer<Value>>, 'kind'>,
): ChoiceOption<Choice, Value> => ({ kind: 'choice', ...row })

export const protocols = (row: Omit<ProtocolsOption, 'kind'>): ProtocolsOption => ({ kind: 'protocols', ...row })

/**
 * The values of a table, with the defaults for what is left out. Throws `RangeError` for a value that is not what its row says; `prefix` stands before the name in
 * its message.
 */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  given: GivenOptions<Table> = {},
  prefix = '',
): OptionsOf<Table> {
  const resolved = Object.entries(table).map(([name, option]) => {
    const value: unknown = given[name]
    if (value === undefined) return [name, option.default]
    if (accepts(option, value)) return [name, value]
    throw new RangeError(`${prefix}${name} must be ${expectation(option)}, not ${shown(value)}`)
  })
  return Object.fromEntries(resolved) as OptionsOf<Table>
}

function accepts(option: Option, value: unknown): boolean {
  switch (option.kind) {
    case 'number': {
      const { least, most = Infinity, isWhole = false } = option
      return typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value))
    }
    case 'switch':
      return typeof value === 'boolean'
    case 'choice':
      return option.choices.some((one) => one === value)
    case 'protocols':
      return value === 'all' || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
  }
}

/** What an option can be, to be read after "must be". */
export function expectation(option: Option): string {
  switch (option.kind) {
    case 'number':
      return `${option.isWhole === true ? 'a whole number ' : ''}${range(option)}${option.unit === undefined ? '' : ` ${option.unit}`}`
    case 'switch':
      return 'true or false'
    case 'choice':
      return oneOf(option.choices)
    case 'protocols':
      return '"all" or a list of names of protocols'
  }
}

function range({ least, most }: NumberOption): string {
  if (most !== undefined) return `from ${least} to ${most}`
  return least === ABOVE_ZERO ? 'above 0' : `at least ${least}`
}

/** `"a", "b" or "c"`. */
export function oneOf(choices: readonly string[]): string {
  const quoted = choices.map((choice) => JSON.stringify(choice))
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}

const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value))

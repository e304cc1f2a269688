// A setting and its values in words.
import type { z } from 'zod'
import { oneOf } from '../../core/options.ts'
import { listenGuesses } from '../../transport/tcp/tcp-address.ts'
import { literal } from './literal.ts'
import type { Setting } from './setting.ts'

/** A value in a message is cut off after this. */
const shownLengthMax = 60

/** What the setting can be: "a whole number from 1 to 86400 (seconds)". */
function expectation({ form, about }: Setting): string {
  const unit = about.unit === undefined ? '' : ` (${about.unit})`
  switch (form.kind) {
    case 'switch':
      return 'true or false'
    case 'text':
      return 'a text'
    case 'choice':
      return oneOf(form.options)
    case 'list':
      return `a list of up to ${form.max} texts`
    case 'number':
      return `${form.isWhole ? 'a whole number' : 'a number'} from ${form.min} to ${form.max}${unit}`
  }
}

/** What the setting is for, and what it can be. */
export function explanation(setting: Setting): string {
  const { text } = setting.about
  if (setting.form.kind !== 'number' && setting.form.kind !== 'choice') return text
  const range = expectation(setting)
  return `${text} ${range.charAt(0).toUpperCase()}${range.slice(1)}.`
}

/** Why a value was refused, and what would be right, to be read after the setting's name. */
export function refusal(setting: Setting, value: unknown, issue: z.core.$ZodIssue): string {
  const [index] = issue.path
  // Kinds of text say it in their own words.
  if (issue.code === 'custom') {
    const wrong = elementOf(value, index) ?? value
    return issue.message.startsWith('"') ? `is wrong: ${issue.message}` : `cannot be ${show(wrong)}; ${issue.message}`
  }
  const element = elementOf(value, index)
  const wrong = element === undefined ? show(value) : `one with ${show(element)} in it`
  return `must be ${expectation(setting)}, not ${wrong}${hint(setting, value)}`
}

function elementOf(value: unknown, index: PropertyKey | undefined): unknown {
  return typeof index === 'number' && Array.isArray(value) ? (value as unknown[])[index] : undefined
}

/** What is easily got wrong. */
function hint(setting: Setting, value: unknown): string {
  if (typeof value !== 'string') return ''
  const { form } = setting
  if (form.kind === 'list') {
    // Only what would be taken is worth writing.
    const list = [value, ...listenGuesses(value)].map((one) => [one]).find((one) => setting.parse(one).success)
    return list === undefined ? '' : `; write ${literal(list)}`
  }
  if (form.kind === 'number' && /^-?\d+(\.\d+)?$/.test(value) && setting.parse(Number(value)).success)
    return `; write ${Number(value)}`
  if (form.kind === 'switch' && /^(true|false)$/i.test(value)) return `; write ${value.toLowerCase()}`
  return ''
}

/** A value as it stands in a TOML file. */
function show(value: unknown): string {
  const text = literal(value)
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text
}

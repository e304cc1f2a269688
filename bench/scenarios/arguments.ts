import { parseArgs } from 'node:util'
import type { Scenario, ScenarioOption } from './scenario.ts'

export interface ScenarioArguments {
  readonly help: boolean
  readonly json: boolean
  readonly values: Readonly<Record<string, number>>
}

/** Reads what stands behind the subcommand; throws an error that says what is wrong. */
export function parseScenarioArguments({ options }: Scenario, parameters: string[]): ScenarioArguments {
  const texts = Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({
    args: parameters,
    options: { ...texts, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  const given = values as Readonly<Record<string, string | boolean | undefined>>
  return {
    help: given['help'] === true,
    json: given['json'] === true,
    values: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [name, valueOf(name, option, given[name])]),
    ),
  }
}

function valueOf(name: string, option: ScenarioOption, text: string | boolean | undefined): number {
  if (typeof text !== 'string') return option.value
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const isWhole = option.fraction === true ? Number.isFinite(value) : Number.isInteger(value)
  if (!isWhole || value < option.least)
    throw new Error(
      `--${name} needs a ${option.fraction === true ? '' : 'whole '}number from ${option.least} on, not "${text}"`,
    )
  return value
}

export function helpOf(name: string, { about, details, options }: Scenario): string {
  const lines = Object.entries(options).map(
    ([option, { value, about: what }]) => `  ${`--${option} N`.padEnd(24)}${what}, ${value} by default`,
  )
  return `Usage: npm run bench -- ${name} [options]

${about}.

${details}

${lines.join('\n')}
  --json                  print the result as one JSON object, as the last line
  --help`
}

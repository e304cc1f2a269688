// The comments on options, as editors show them: text, default and range of each row, which the tables in the sources have as data.
import { readFileSync } from 'node:fs'
import { dialScheduleOptions } from '../src/core/dial/schedule-options.ts'
import { keepAliveOptions } from '../src/core/health/keep-alive.ts'
import { expectation, type Option, type OptionTable } from '../src/core/options.ts'
import { sessionOptions } from '../src/core/session/limits.ts'
import {
  broadcastRelayOptions,
  discoveryOptions,
  guestOptions,
  nodeOptions,
  tunableOptions,
} from '../src/node/options.ts'

const widthMax = 120
/** The tables of each file, in the order in which they stand there. */
const files: readonly (readonly [path: string, tables: readonly OptionTable[]])[] = [
  ['src/core/dial/schedule-options.ts', [dialScheduleOptions]],
  ['src/core/health/keep-alive.ts', Object.values(keepAliveOptions)],
  ['src/core/session/limits.ts', [sessionOptions]],
  ['src/node/options.ts', [nodeOptions, tunableOptions, guestOptions, broadcastRelayOptions, discoveryOptions]],
]

/** Each file with the comments that it should have. */
export function withComments(): (readonly [path: string, text: string])[] {
  return files.map(([path, tables]) => {
    const rows = tables.flatMap((table) => Object.entries(table))
    const row = /^( +)(?:\/\*\*(?:[^*]|\*(?!\/))*\*\/\n +)?(\w+)(: (?:number|whole|toggle|choice|protocols)[<(])/gm
    const text = readFileSync(path, 'utf8').replaceAll(row, (_, indent: string, name: string, rest: string) => {
      const [expected, option] = rows.shift() ?? []
      if (option === undefined || expected !== name) throw new Error(`${path}: ${name} stands where ${expected} should`)
      return `${comment(indent, option)}\n${indent}${name}${rest}`
    })
    if (rows.length > 0) throw new Error(`${path} has no row for ${rows.map(([name]) => name).join(', ')}`)
    return [path, text]
  })
}

function comment(indent: string, option: Option): string {
  const standard = option.default === undefined ? (option.otherwise ?? '') : literal(option.default)
  const range = option.kind === 'number' ? `; ${expectation(option).replace('milliseconds', 'ms')}` : ''
  const described = option.text
    .replaceAll(/\[[^\]]*\.md\]\(([^)#]*)[^)]*\)/g, 'docs/$1')
    .replaceAll(/\[([^\]]*)\]\(([^)#]*)[^)]*\)/g, '$1 (docs/$2)')
  const text = `${described} Default: ${(standard + range).replaceAll(/\d{4,}/g, (digits) => Number(digits).toLocaleString('en-US'))}.`
  if (indent.length + text.length + 7 <= widthMax) return `${indent}/** ${text} */`
  const lines = [`${indent} *`]
  for (const word of text.split(' ')) {
    if ((lines.at(-1) ?? '').length + word.length + 1 > widthMax) lines.push(`${indent} *`)
    lines[lines.length - 1] += ` ${word}`
  }
  return `${indent}/**\n${lines.join('\n')}\n${indent} */`
}

function literal(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return `\`${JSON.stringify(value).replaceAll('"', "'")}\``
}

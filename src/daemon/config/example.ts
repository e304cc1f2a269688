// A TOML file with all settings and what they are by default, for people to begin with.
import { explanation } from './describe.ts'
import { literal } from './literal.ts'
import { groups } from './option-setting.ts'
import { type Setting, settings } from './setting.ts'

const lineLengthMax = 100

/** The whole file. Every line is a comment, so that it changes nothing before somebody takes away a `#`. */
export function exampleConfig(): string {
  const parts = groups.map((group) => {
    const inGroup = settings.filter(({ about }) => about.group === group)
    return `# ── ${group} ──\n\n${inGroup.map(entry).join('\n')}`
  })
  return `# Configuration of Holdfast. The environment goes before this file, flags before both; \`holdfast config\`
# shows what is in force, and \`holdfast config --check\` whether a change is right. The values below are the
# defaults; where the text names a default, the value is an example.

${parts.join('\n')}`
}

function entry(setting: Setting): string {
  const { key, about, defaultValue } = setting
  const otherwise = about.otherwise === undefined ? '' : ` Default: ${plain(about.otherwise)}.`
  const reload = about.reload ? ' Taken over at a reload.' : ''
  const text = wrapped(`${plain(explanation(setting))}${otherwise}${reload}`)
  return `${text}\n# ${key} = ${defaultValue === undefined ? exampleValue(setting) : literal(defaultValue)}\n`
}

function exampleValue({ form, about: { example = '' } }: Setting): string {
  return form.kind === 'switch' ? String(example) : literal(example)
}

/** Without the marks of Markdown. */
function plain(text: string): string {
  return text.replaceAll(/\[([^\]]*)\]\(([^)]*)\)/g, 'docs/$1').replaceAll('`', '')
}

function wrapped(text: string): string {
  const lines = ['#']
  for (const word of text.split(' ')) {
    if ((lines.at(-1)?.length ?? 0) + word.length + 1 > lineLengthMax) lines.push('#')
    lines[lines.length - 1] += ` ${word}`
  }
  return lines.join('\n')
}

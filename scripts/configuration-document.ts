// Writes docs/configuration.md and the comments on options from the tables of the options; with --check it says whether that was forgotten.
import { readFileSync, writeFileSync } from 'node:fs'
import { explanation } from '../src/daemon/config/describe.ts'
import { literal } from '../src/daemon/config/literal.ts'
import { groups } from '../src/daemon/config/option-setting.ts'
import { type Setting, settings } from '../src/daemon/config/setting.ts'
import { withComments } from './option-comments.ts'

const introduction = `<!-- Made by \`npm run docs:configuration\` from src/daemon/config/schema.ts and the tables of options that it names. -->
# Configuration

What \`holdfast up\` can be told, and where. Nothing of it is needed: without any configuration a node listens on a port of its own choice and serves its dashboard on this machine alone.

1. [Where it comes from](#where-it-comes-from)
2. [What is in force](#what-is-in-force)
3. [Changing it](#changing-it)
4. [All settings](#all-settings): ${groups.map((group) => `[${group}](#${anchor(group)})`).join(', ')}

## Where it comes from

| from the weakest to the strongest | |
| --- | --- |
| defaults | those below |
| a file in TOML | \`--config FILE\`, or \`HOLDFAST_CONFIG\`, or else \`~/.config/holdfast/config.toml\` (macOS: \`~/Library/Application Support/holdfast/\`, Windows: \`%APPDATA%\\holdfast\\\`), which may be missing |
| the environment | \`HOLDFAST_IDLE_TIMEOUT_S=600\`; lists with commas, \`none\` for the empty one. An empty variable counts as none |
| flags | \`--idle-timeout-s 600\`; a flag of a list several times, \`--no-listen\` for the empty one |

\`\`\`toml
# ~/.config/holdfast/config.toml; \`holdfast config --example\` prints one with everything.
name = "workshop"
listen = ["tcp://0.0.0.0:4001"]
advertise = ["tcp://example.net:4001"]
adaptiveKeepAliveMaxS = 60
\`\`\`

Names say their unit: \`…S\` are seconds, \`…MiB\` are 1,048,576 bytes, \`…Max\` is a bound. Settings stand at the top of the file, in no table.

**What is wrong is refused**, with its place and with what would be right, and everything that is wrong at once; a node never runs with a setting that it did not understand. That holds for what a stronger source hides, too.

    holdfast: /home/ada/.config/holdfast/config.toml:3:1: There is no setting "reconectionIntervalS"; did you mean reconnectionIntervalS?
    /home/ada/.config/holdfast/config.toml:4:1: adaptiveKeepAliveMaxS must be a whole number from 1 to 86400 (seconds), not "60s"

**Options as other systems spell them**, such as \`local_ip\`, \`[options]\` tables, \`--nickname\` or a file in XML, are answered by what to write here, with the value that was meant; [coming-from.md](coming-from.md) has them all.

A variable that begins with \`HOLDFAST_\` and is no setting is a warning only: others use that prefix as well, such as Kubernetes for a service of this name.

**The folder of the node** (identity, peers, messages) is no setting of the file, since the other commands need it to find the daemon: it is \`--dir\`, or \`HOLDFAST_DIR\`, or else \`~/.local/share/holdfast\` (macOS: \`~/Library/Application Support/holdfast\`, Windows: \`%APPDATA%\\holdfast\`).

**Secrets never stand in the configuration**, which is shown by \`holdfast config\`, by the API and to whoever helps. \`networkSecretFile\` names a file that other users cannot read; the API's token and the identity are files in the node's folder. They are refused when others could read them.

## What is in force

\`holdfast config\` lists every setting with its value and where that comes from: file, line and column, variable, or flag. While a daemon runs on the folder, it is the daemon that answers, and what its sources say by now but waits for a restart is marked. \`--check\` says whether the sources are right and does nothing else; \`--json\` is for programs.

## Changing it

\`holdfast config --reload\`, \`SIGHUP\` (\`systemctl reload holdfast\`) or \`POST /api/v1/config/reload\` make a daemon read its sources again. If something is wrong, nothing changes, and the log says what. Else the settings marked **reload** below are in force at once, for peers that are connected as well, and others at the next start; the log and the answer name both. No link is closed by it: a lower limit keeps others out, and a wait for the next attempt that has begun is waited out.

## All settings
`

/** As GitHub makes the link to a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-')
}

function groupOf(group: (typeof groups)[number]): string {
  const rows = settings.filter(({ about }) => about.group === group).map(row)
  return `\n### ${group}\n\n| setting | default | |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

function row(setting: Setting): string {
  const { key, about, defaultValue, variable, flag } = setting
  const value = defaultValue === undefined ? (about.otherwise ?? '') : `\`${literal(defaultValue)}\``
  const more = [`\`${variable}\``, `\`${flag}\``, about.reload ? '**reload**' : 'next start'].join(' · ')
  return `| \`${key}\` | ${value} | ${explanation(setting)}<br>${more} |`
}

const document = ['docs/configuration.md', introduction + groups.map(groupOf).join('')] as const
const outdated = [document, ...withComments()].filter(([path, text]) => readFileSync(path, 'utf8') !== text)
if (process.argv.includes('--check')) {
  for (const [path] of outdated) console.error(`${path} is not what the tables say; run \`npm run docs:configuration\``)
  if (outdated.length > 0) process.exitCode = 1
} else for (const [path, text] of outdated) writeFileSync(path, text)

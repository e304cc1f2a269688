// What the environment says: HOLDFAST_LISTEN, HOLDFAST_LOG_LEVEL and so on.
import { textOfValue, valueFromText } from './from-text.ts'
import { nearest } from './nearest.ts'
import { otherSpelling } from './other-spellings.ts'
import { type Candidate, settingNamed, settings } from './setting.ts'

const prefix = 'HOLDFAST_'
/** Those that are no settings: where the folder and the file are. */
const folderVariable = 'HOLDFAST_DIR'
export const fileVariable = 'HOLDFAST_CONFIG'

export interface FromEnvironment {
  readonly candidates: readonly Candidate[]
  /** Variables that look as if they were meant for Holdfast. */
  readonly warnings: readonly string[]
}

/**
 * The settings in the environment. An empty variable counts as none, as compose files have them. One that is not known is a warning and no error, for others use the
 * prefix as well: Kubernetes sets HOLDFAST_PORT and HOLDFAST_SERVICE_HOST for a service of that name, and a program built on the library has its own.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): FromEnvironment {
  const candidates = settings.flatMap((setting): Candidate[] => {
    const text = env[setting.variable]
    if (text === undefined || text === '') return []
    return [
      { setting, value: valueFromText(setting, text), origin: { kind: 'environment', variable: setting.variable } },
    ]
  })
  const known = [...settings.map(({ variable }) => variable), folderVariable, fileVariable]
  const unknown = Object.keys(env).filter((name) => name.startsWith(prefix) && !known.includes(name))
  return { candidates, warnings: unknown.map((name) => warning(name, env[name] ?? '', known)) }
}

/** Set by Kubernetes for a service of the name. */
const ofKubernetes = 'HOLDFAST_PORT'

function warning(name: string, text: string, known: readonly string[]): string {
  const start = `The environment variable ${name} is no setting of Holdfast`
  const advice = name === ofKubernetes ? undefined : otherSpelling(name.slice(prefix.length), text)
  if (advice !== undefined && advice.use.length > 0) {
    const use = advice.use.map(([key, value]) => `${settingNamed(key)?.variable}=${textOfValue(value)}`)
    return `${start}; use ${use.join(' and ')}`
  }
  const meant = nearest(
    name.slice(prefix.length),
    known.map((variable) => variable.slice(prefix.length)),
  )
  const suggestion = meant === undefined ? 'it has no effect' : `did you mean ${prefix}${meant}?`
  return `${start}; ${suggestion}`
}

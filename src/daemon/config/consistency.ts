// Settings that are right by themselves and wrong together.
import { type Origin, type Problem, place } from './errors.ts'
import type { DaemonConfig, SettingKey } from './schema.ts'

/** Everything that contradicts itself, each with the places of both sides. */
export function contradictions(config: DaemonConfig, origins: Readonly<Record<SettingKey, Origin>>): Problem[] {
  const problems: Problem[] = []
  /** `key` cannot be so because of `other`. The problem stands where somebody said something. */
  const wrong = (key: SettingKey, other: SettingKey, text: string): void => {
    const [origin, because] = origins[key].kind === 'default' ? [origins[other], key] : [origins[key], other]
    problems.push({ origin, text: `${text} (${because}: ${place(origins[because])})` })
  }
  const ordered = (least: SettingKey & keyof DaemonConfig, most: SettingKey & keyof DaemonConfig): void => {
    const [a, b] = [config[least], config[most]]
    if (typeof a !== 'number' || typeof b !== 'number' || a <= b) return
    wrong(least, most, `${least} is ${a} and must not be more than ${most}, which is ${b}`)
  }

  ordered('adaptiveKeepAliveMinS', 'adaptiveKeepAliveMaxS')
  ordered('reconnectionFirstWaitS', 'reconnectionIntervalS')

  const { keepAliveMode: mode, adaptiveKeepAliveEnabled: adaptive } = config
  if (mode !== undefined && adaptive !== undefined && adaptive !== (mode === 'adaptive'))
    wrong(
      'adaptiveKeepAliveEnabled',
      'keepAliveMode',
      `adaptiveKeepAliveEnabled is ${adaptive} and keepAliveMode is "${mode}", which contradict each other; leave one of them out`,
    )
  if (!config.pingsUnderLoad && mode !== 'tcp')
    wrong(
      'pingsUnderLoad',
      'keepAliveMode',
      `pingsUnderLoad is false, and the mode ${adaptive === false ? 'fixed' : (mode ?? 'adaptive')} consists of pings; set keepAliveMode = "tcp", or leave pingsUnderLoad out`,
    )
  if (config.networkSecretFile === undefined) {
    const cure = 'set networkSecretFile, or leave it out'
    if (config.networkAddresses.length > 0)
      wrong(
        'networkAddresses',
        'networkSecretFile',
        `networkAddresses are those of a network, which needs a secret; ${cure}`,
      )
    if (config.admit === 'network')
      wrong('admit', 'networkSecretFile', `admit is "network", and a network needs a secret; ${cure}`)
  }
  if (!config.mdnsEnabled && config.mdnsAnnounceEnabled && origins.mdnsAnnounceEnabled.kind !== 'default')
    wrong(
      'mdnsAnnounceEnabled',
      'mdnsEnabled',
      'mdnsAnnounceEnabled is true and mdnsEnabled is false; set both to true, or leave mdnsAnnounceEnabled out',
    )
  return problems
}

// What the library is opened with, from the settings.
import { type NodeTuning, type OpenOptions, tunable } from '../../node/options.ts'
import type { OptionPath } from './option-setting.ts'
import type { DaemonConfig, Settings } from './schema.ts'
import { readNetworkSecret } from './secret-file.ts'
import { settings } from './setting.ts'

/** The options of `open`, without a logger. Reads the network's secret; throws `ConfigError` if that cannot be used. */
export async function openOptionsOf(config: DaemonConfig): Promise<OpenOptions> {
  const { dir, name, listen, advertise, dialFrom, networkSecretFile, networkAddresses } = config
  const options: OpenOptions = { ...optionsOf(config), dir, name, listen, advertise, dialFrom }
  if (networkSecretFile === undefined) return options
  const secret = await readNetworkSecret(networkSecretFile, undefined)
  return { ...options, network: { secret, addresses: networkAddresses } }
}

/** The part of the options that can be changed while the node runs. */
export function tuningOf(config: Settings): NodeTuning {
  const options = optionsOf(config)
  return Object.fromEntries(tunable.map((name) => [name, options[name]])) as unknown as NodeTuning
}

/** The options of which settings speak, each in its place. */
function optionsOf(config: Settings): Omit<OpenOptions, 'dir'> {
  const { keepAliveMode, adaptiveKeepAliveEnabled, multipathEnabled } = config
  const mode = keepAliveMode ?? (adaptiveKeepAliveEnabled === false ? 'fixed' : 'adaptive')
  const options: Record<string, unknown> = { keepAlive: { mode } }
  for (const { key, about } of settings) {
    if (about.option === undefined) continue
    const { path, valueOf } = about.option
    const names = path.replace(`keepAlive.${mode}.`, 'keepAlive.').split('.')
    const last = names.pop()
    // Options of other modes, and of several links where there is one.
    if (names.length > 1 || (!multipathEnabled && multipathOptions.has(path)) || last === undefined) continue
    const place = names.reduce((within, name) => (within[name] ??= {}) as Record<string, unknown>, options)
    place[last] = valueOf(config[key])
  }
  return options
}

const multipathOptions: ReadonlySet<OptionPath> = new Set(['limits.linksWanted', 'limits.multipath'] as const)

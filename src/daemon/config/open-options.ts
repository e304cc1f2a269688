// What the library is opened with, from the settings.
import type { KeepAlive } from '../../core/health/keep-alive.ts'
import type { NodeTuning, OpenOptions } from '../../node/options.ts'
import type { DaemonConfig, Settings } from './schema.ts'
import { readNetworkSecret } from './secret-file.ts'

/** The options of `open`, without a logger. Reads the network's secret; throws `ConfigError` if that cannot be used. */
export async function openOptionsOf(config: DaemonConfig): Promise<OpenOptions> {
  const { dir, name, listen, advertise, admit, dialFrom, direction, dialOrder, networkSecretFile } = config
  return {
    dir,
    ...(name !== undefined && { name }),
    ...(listen !== undefined && { listen }),
    ...(advertise !== undefined && { advertise }),
    ...(admit !== undefined && { admit }),
    ...(networkSecretFile !== undefined && {
      network: {
        secret: await readNetworkSecret(networkSecretFile, undefined),
        addresses: config.networkAddresses,
      },
    }),
    discovery: { mdns: config.mdnsEnabled, announce: config.mdnsAnnounceEnabled },
    broadcast: { relayProtocols: allOr(config.broadcastRelayProtocols) },
    dialFrom,
    direction,
    dialOrder,
    limits: {
      retentionMs: config.retentionS * 1_000,
      ...(config.multipathEnabled && { linksWanted: config.multipathLinks, multipath: config.multipathMode }),
    },
    memoryBudgetBytes: config.memoryBudgetMiB * 1024 * 1024,
    ...tuningOf(config),
  }
}

/** The part of the options that can be changed while the node runs. */
export function tuningOf(settings: Settings) {
  const { guestProtocols, idleTimeoutS } = settings
  return {
    keepAlive: keepAliveOf(settings),
    reconnect: {
      firstWaitMs: settings.reconnectionFirstWaitS * 1_000,
      factor: settings.reconnectionFactor,
      waitMsMax: settings.reconnectionIntervalS * 1_000,
      jitter: settings.reconnectionJitter,
      stableMs: settings.reconnectionStableS * 1_000,
    },
    guests: {
      protocols: allOr(guestProtocols),
      idleTimeoutMs: settings.guestIdleTimeoutS * 1_000,
      max: settings.guestsMax,
    },
    idleTimeoutMs: idleTimeoutS === 0 ? undefined : idleTimeoutS * 1_000,
    peersMax: settings.peersMax,
    linksMax: settings.linksMax,
  } satisfies NodeTuning
}

/** In a list of protocols `all` stands for every one. */
function allOr(protocols: readonly string[]): 'all' | readonly string[] {
  return protocols.includes('all') ? 'all' : protocols
}

function keepAliveOf(settings: Settings): KeepAlive {
  const { keepAliveMode, adaptiveKeepAliveEnabled } = settings
  const mode = keepAliveMode ?? (adaptiveKeepAliveEnabled === false ? 'fixed' : 'adaptive')
  switch (mode) {
    case 'adaptive':
      return {
        mode,
        intervalMsMin: settings.adaptiveKeepAliveMinS * 1_000,
        intervalMsMax: settings.adaptiveKeepAliveMaxS * 1_000,
      }
    case 'fixed':
      return {
        mode,
        intervalMs: settings.fixedKeepAliveIntervalS * 1_000,
        timeoutMs: settings.fixedKeepAliveTimeoutS * 1_000,
        failures: settings.fixedKeepAliveFailuresMax,
      }
    case 'tcp':
      return {
        mode,
        idleMs: settings.tcpKeepAliveIdleS * 1_000,
        intervalMs: settings.tcpKeepAliveIntervalS * 1_000,
        probes: settings.tcpKeepAliveProbesMax,
        pingsUnderLoad: settings.pingsUnderLoad,
      }
  }
}

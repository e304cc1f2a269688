import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { type Logger, type Node, type OpenOptions, open } from '../index.ts'
import { servePing } from '../services/ping.ts'
import { createApp } from './api/app.ts'
import type { Api, ApiContext } from './api/context.ts'
import { EventClients } from './api/event-clients.ts'
import { ChatService } from './chat/chat-service.ts'
import { ConfigInForce } from './config/in-force.ts'
import type { LoadedConfig } from './config/load.ts'
import { tuningOf } from './config/open-options.ts'
import type { DaemonConfig } from './config/schema.ts'
import { EventLog } from './event-log.ts'
import { Metrics } from './metrics/metrics.ts'
import { followNode } from './node-events.ts'
import { Outages } from './outages.ts'
import { PipeService } from './pipe/pipe-service.ts'

/** The name of a run is drawn from so many: all that `randomInt` can draw from. */
const EVENT_RUNS_MAX = 2 ** 48 - 1

export interface DaemonOptions {
  /** Of the node. Its `logger` also gets what goes wrong in the daemon. */
  readonly node: OpenOptions
  /** Where the options of the node come from, so that they can be looked at and read again. Default: nobody can. */
  readonly config?: DaemonConfigOptions
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Of the options of an open node, these are of use still. */
export type DaemonOnOptions = Omit<DaemonOptions, 'node'> & {
  readonly node: Pick<OpenOptions, 'dir' | 'logger' | 'keepAlive'>
}

export interface DaemonConfigOptions {
  readonly loaded: LoadedConfig
  /** Reads all sources again. Throws `ConfigError`. */
  readonly load: () => Promise<LoadedConfig>
  /** Is told of what is in force after a reload; the node has been told already. */
  readonly changed: (config: DaemonConfig) => void
}

/** A node with its services and the API over them, without a socket. */
export interface Daemon {
  readonly node: Node
  /** The API; `app.fetch` serves requests of this process. */
  readonly app: Api
  readonly context: ApiContext
  /** Ends the streams of events and closes the node. */
  close(options?: { flushTimeoutMs?: number }): Promise<void>
}

/** Opens a node and all that stands on it. Throws what `open` throws. */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  return daemonOn(await open(options.node), options)
}

/** All that stands on a node, which is open already. */
export function daemonOn(node: Node, { node: options, config, clock = systemClock }: DaemonOnOptions): Daemon {
  servePing(node)
  const startedAtMs = clock.wallNow()
  const events = new EventLog({ run: String(randomInt(EVENT_RUNS_MAX)), wallNow: () => clock.wallNow() })
  const eventClients = new EventClients({ log: events, clock })
  const outages = new Outages(events)
  const following = followNode(node, events)
  const { logger, keepAlive = { mode: 'adaptive' } } = options
  const dir = resolve(options.dir)
  const chat = new ChatService({ node, dir, clock, events, logger })
  const source = { node, startedAtMs, events, eventClients, chat }
  const metrics = new Metrics(source)
  const pipes = new PipeService(node)
  const inForce = config && configInForce(node, config, logger)
  const context: ApiContext = {
    ...source,
    dir,
    clock,
    outages,
    metrics,
    pipes,
    config: inForce,
    logger,
    get keepAlive() {
      return inForce === undefined ? keepAlive : (tuningOf(inForce.current.config).keepAlive ?? keepAlive)
    },
  }
  return {
    node,
    app: createApp(context),
    context,
    async close(how) {
      chat.close()
      await node.close(how)
      await following
      eventClients.close()
      metrics.close()
    },
  }
}

function configInForce(
  node: Node,
  { loaded, load, changed }: DaemonConfigOptions,
  logger: Logger | undefined,
): ConfigInForce {
  return new ConfigInForce({
    loaded,
    load,
    apply(config) {
      node.reconfigure(tuningOf(config))
      changed(config)
    },
    logger,
  })
}

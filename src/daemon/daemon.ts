import { resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { type Node, type OpenOptions, open } from '../index.ts'
import { servePing } from '../services/ping.ts'
import { createApp } from './api/app.ts'
import type { Api, ApiContext } from './api/context.ts'
import { EventClients } from './api/event-clients.ts'
import { ChatDesk } from './chat/chat-desk.ts'
import { EventLog } from './event-log.ts'
import { Metrics } from './metrics/metrics.ts'
import { followNode } from './node-events.ts'
import { Outages } from './outages.ts'

export interface DaemonOptions {
  /** Of the node. Its `logger` also gets what goes wrong in the daemon. */
  readonly node: OpenOptions
  /** Default: the system's. */
  readonly clock?: Clock
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
export async function openDaemon({ node: options, clock = systemClock }: DaemonOptions): Promise<Daemon> {
  const node = await open(options)
  servePing(node)
  const startedAtMs = clock.wallNow()
  const events = new EventLog({ startedAtMs, wallNow: () => clock.wallNow() })
  const eventClients = new EventClients({ log: events, clock })
  const outages = new Outages(events)
  const following = followNode(node, events)
  const { logger, keepAlive = { mode: 'adaptive' } } = options
  const dir = resolve(options.dir)
  const chat = new ChatDesk({ node, dir, clock, events, logger })
  const source = { node, startedAtMs, events, eventClients, chat }
  const metrics = new Metrics(source)
  const context: ApiContext = { ...source, dir, clock, outages, metrics, logger, keepAlive }
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

import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Clock } from '../../clock.ts'
import type { KeepAlive, Logger, Node } from '../../index.ts'
import type { ChatService } from '../chat/chat-service.ts'
import type { ConfigInForce } from '../config/in-force.ts'
import type { EventLog } from '../event-log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Outages } from '../outages.ts'
import type { PipeService } from '../pipe/pipe-service.ts'
import type { EventClients } from './event-clients.ts'

/** What the routes of all resources stand on. */
export interface ApiContext {
  readonly node: Node
  /** The node's folder. */
  readonly dir: string
  readonly clock: Clock
  /** When this daemon was started, in milliseconds since 1970. */
  readonly startedAtMs: number
  readonly events: EventLog
  readonly eventClients: EventClients
  readonly chat: ChatService
  readonly outages: Outages
  readonly metrics: Metrics
  /** Undefined for a node that a command has opened for itself. */
  readonly config: ConfigInForce | undefined
  readonly pipes: PipeService
  readonly logger: Logger | undefined
  /** How links are watched, unless a peer has a setting of its own. */
  readonly keepAlive: KeepAlive
}

/** What a request that came over a socket brings with it; one of this process has none. */
export interface ApiEnv {
  readonly Bindings: Partial<HttpBindings>
}

export type Api = OpenAPIHono<ApiEnv>

/** Adds the routes of one resource. */
export type Resource = (api: Api, context: ApiContext) => void

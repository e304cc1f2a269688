import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Clock } from '../../clock.ts'
import type { KeepAlive, Logger, Node } from '../../index.ts'
import type { ChatDesk } from '../chat/chat-desk.ts'
import type { EventLog } from '../event-log.ts'
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
  readonly chat: ChatDesk
  readonly logger: Logger | undefined
  /** How links are watched, unless a peer has a setting of its own. */
  readonly keepAlive: KeepAlive
}

export type Api = OpenAPIHono

/** Adds the routes of one resource. */
export type Resource = (api: Api, context: ApiContext) => void

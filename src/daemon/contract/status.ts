import { z } from '@hono/zod-openapi'
import { count, momentMs } from './common.ts'

/** The node and its daemon at a glance. */
export const StatusView = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string().openapi({ description: 'Of Holdfast', example: '0.1.0' }),
    protocol: z.string().openapi({ example: '1.1' }),
    pid: z.number().int(),
    dir: z.string().openapi({ description: "The node's folder" }),
    startedAtMs: momentMs,
    nowMs: momentMs.openapi({ description: "This machine's clock, to count other moments from" }),
    listening: z.array(z.string()),
    addresses: z.array(z.string()).openapi({ description: 'Where peers are told to dial this node' }),
    peers: z
      .object({
        paired: count,
        connecting: count,
        connected: count,
        degraded: count,
        disconnected: count,
        paused: count,
        blocked: count,
      })
      .openapi({ description: 'How many peers are in each state' }),
    links: count,
    openStreams: count,
    bytesSent: count,
    bytesReceived: count,
  })
  .openapi('Status')
export type StatusView = z.infer<typeof StatusView>

/** The process serves requests and its node is open. */
export const HealthzView = z.object({ status: z.literal('ok') }).openapi('Healthz')

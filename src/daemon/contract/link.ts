import { z } from '@hono/zod-openapi'
import { count, momentMs, PeerRef, ratio, spanMs } from './common.ts'

export const Band = z.enum(['excellent', 'good', 'fair', 'poor', 'critical'])
export const Trend = z.enum(['improving', 'steady', 'worsening'])
export const score = z.number().min(0).max(100).openapi({ description: 'Health, 100 is best (docs/health.md)' })

/** One connection to a peer. */
export const LinkView = z
  .object({
    id: z.number().int().openapi({ description: 'The number that both sides know it by' }),
    address: z.string().openapi({ description: 'The other end, as seen from here', example: 'tcp://192.0.2.7:4100' }),
    localAddress: z.string(),
    direction: z.enum(['outbound', 'inbound']),
    kind: z.enum(['memory', 'direct', 'relay']),
    state: z.enum(['healthy', 'suspect']),
    active: z.boolean().openapi({ description: 'It carries frames now' }),
    sinceMs: momentMs,
    lastSeenMs: momentMs.openapi({ description: 'When the last byte came on it' }),
    lastCheckMs: momentMs.nullable().openapi({
      description: 'When a probe of it was last answered, and so how old its figures are; `null` before the first',
    }),
    roundTripMs: spanMs.nullable(),
    jitterMs: spanMs.nullable(),
    loss: ratio.nullable().openapi({ description: 'Share of the last probes without an answer in time' }),
    score: score.nullable(),
    band: Band.nullable(),
    trend: Trend.nullable(),
    bytesSent: count,
    bytesReceived: count,
    remote: z
      .object({ roundTripMs: spanMs, jitterMs: spanMs, loss: ratio, score })
      .nullable()
      .openapi({ description: 'What the other side measured, if it said so' }),
  })
  .openapi('Link')
export type LinkView = z.infer<typeof LinkView>

/** All links of all peers. */
export const LinkList = z
  .object({ links: z.array(LinkView.extend({ peer: PeerRef }).openapi('LinkOfPeer')) })
  .openapi('LinkList')
export type LinkList = z.infer<typeof LinkList>

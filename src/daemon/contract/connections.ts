import { z } from '@hono/zod-openapi'
import { ratio } from './common.ts'
import { PeerPath } from './peer.ts'

const moment = z.number().nullable().openapi({ description: 'Milliseconds since 1970' })

/** How one peer is connected, in the words of other systems of this kind; text for people, and the number beside it. */
export const ConnectionStatus = z
  .object({
    name: z.string(),
    connected: z.boolean(),
    state: z.string().openapi({ description: 'The kind of its state', example: 'connected' }),
    address: z.string().nullable().openapi({ example: 'tcp://192.0.2.7:4100' }),
    type: z
      .enum(['tcp-client', 'tcp-server', 'relay-client', 'relay-server', 'memory-client', 'memory-server'])
      .nullable()
      .openapi({ description: 'A client dialed, a server was dialed' }),
    path: PeerPath,
    latency: z
      .string()
      .nullable()
      .openapi({ description: 'Smoothed round trip of the best link, as of `lastCheck`', example: '25ms' }),
    latencyMs: z.number().nullable(),
    jitter: z.string().nullable().openapi({ example: '3ms' }),
    jitterMs: z.number().nullable(),
    packetLoss: ratio.nullable().openapi({ description: 'Share of the last probes, from 0 to 1' }),
    healthScore: z.number().int().min(0).max(100).nullable(),
    lastCheck: z.string().nullable().openapi({
      description: 'When a probe was last answered, and so what `latency` and `jitter` are as of; ISO 8601',
      example: '2026-11-27T21:00:00.000Z',
    }),
    lastCheckMs: moment,
    checkAgeMs: z.number().nullable().openapi({ description: 'How long ago that was when this was answered' }),
    lastSeen: z.string().nullable().openapi({
      description:
        'When the last byte came from the peer, also while it is connected, and kept across restarts; ISO 8601',
    }),
    lastSeenMs: moment,
    connectedSince: z.string().nullable().openapi({ description: 'ISO 8601' }),
    connectedSinceMs: moment,
    links: z.number().int(),
  })
  .openapi('ConnectionStatus')
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/** All peers by their ids. */
export const Connections = z.object({ connectionStatus: z.record(z.string(), ConnectionStatus) }).openapi('Connections')
export type Connections = z.infer<typeof Connections>

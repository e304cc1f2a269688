import { z } from '@hono/zod-openapi'
import { momentMs, PeerRef } from './common.ts'

export const TicketRequest = z
  .strictObject({
    expiresInMs: z
      .number()
      .int()
      .min(1_000)
      .max(86_400_000)
      .optional()
      .openapi({ description: 'Default 5 minutes', example: 300_000 }),
  })
  .openapi('TicketRequest')

/** An invitation that one peer can use once. It is a secret. */
export const TicketView = z.object({ ticket: z.string(), expiresAtMs: momentMs }).openapi('Ticket')
export type TicketView = z.infer<typeof TicketView>

export const PairingByTicket = z
  .strictObject({ ticket: z.string().min(1).max(4_096).openapi({ description: 'The ticket of the other node' }) })
  .openapi('PairingByTicket')

/** A node that announces itself on the local network. */
export const NearbyView = z
  .object({
    id: z.string(),
    name: z.string(),
    addresses: z.array(z.string()),
    seenAtMs: momentMs,
    paired: z.boolean().openapi({ description: 'It is a peer of this node already' }),
  })
  .openapi('Nearby')
export type NearbyView = z.infer<typeof NearbyView>

export const NearbyList = z.object({ nearby: z.array(NearbyView) }).openapi('NearbyList')
export type NearbyList = z.infer<typeof NearbyList>

/** A pairing on the local network that waits for two people who compare a code. */
export const PairingRequestView = z
  .object({
    id: z.string().openapi({ description: 'Names it in paths' }),
    peer: PeerRef,
    direction: z.enum(['outbound', 'inbound']).openapi({ description: 'Who asked: this node, or the other' }),
    code: z.string().nullable().openapi({ description: 'What both screens must show alike', example: '042137' }),
    state: z.enum(['waiting', 'confirmed', 'paired', 'failed']),
    text: z.string().openapi({ description: 'What to do, or what came of it' }),
    atMs: momentMs,
    expiresAtMs: momentMs,
  })
  .openapi('PairingRequest')
export type PairingRequestView = z.infer<typeof PairingRequestView>

export const PairingRequestList = z.object({ requests: z.array(PairingRequestView) }).openapi('PairingRequestList')
export type PairingRequestList = z.infer<typeof PairingRequestList>

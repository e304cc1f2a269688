import { z } from '@hono/zod-openapi'
import { momentMs } from './common.ts'

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
  .strictObject({ ticket: z.string().min(1).max(8_192).openapi({ description: 'The ticket of the other node' }) })
  .openapi('PairingByTicket')

/** A node that was heard on the local network. All of it is what somebody said: only a connection proves an id, and nothing a name. */
export const NearbyView = z
  .object({
    id: z.string(),
    name: z.string(),
    addresses: z.array(z.string()),
    lastHeardMs: momentMs,
    isPaired: z.boolean().openapi({ description: 'It is a peer of this node already' }),
    acceptsPairing: z.boolean().openapi({ description: 'Somebody there has opened it for pairing by code' }),
  })
  .openapi('Nearby')
export type NearbyView = z.infer<typeof NearbyView>

/** How it stands with the search on the local network. */
const DiscoveryView = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('off') }),
    z.object({
      kind: z.literal('listening'),
      sinceMs: momentMs,
      interfaces: z.array(z.string()),
      heardAtMs: momentMs
        .nullable()
        .openapi({ description: '`null`: nothing was ever heard, as where multicast is dropped' }),
    }),
    z.object({ kind: z.literal('failed'), sinceMs: momentMs, reason: z.string(), heardAtMs: momentMs.nullable() }),
  ])
  .openapi('Discovery')

export const NearbyList = z
  .object({
    discovery: DiscoveryView,
    pairingOpenUntilMs: momentMs.nullable().openapi({ description: 'Until when others may ask this node' }),
    nearby: z.array(NearbyView),
  })
  .openapi('NearbyList')
export type NearbyList = z.infer<typeof NearbyList>

/** How long others on the local network may ask this node to pair by code. */
export const PairingWindowRequest = z
  .strictObject({
    forMs: z.number().int().min(1_000).max(3_600_000).optional().openapi({ description: 'Default 5 minutes' }),
  })
  .openapi('PairingWindowRequest')

/** Where the other node is dialed. */
export const PairingByCode = z
  .strictObject({
    addresses: z
      .array(z.string().min(1).max(255))
      .max(16)
      .optional()
      .openapi({ description: 'Default: where it was heard', example: ['tcp://192.0.2.7:4100'] }),
  })
  .openapi('PairingByCode')

export const PairingWindow = z
  .object({ openUntilMs: momentMs.nullable().openapi({ description: '`null`: it is closed' }) })
  .openapi('PairingWindow')
export type PairingWindow = z.infer<typeof PairingWindow>

/** A pairing by code: two people compare the digits on two screens. There is one for each other node at a time, so its id is that node's. */
export const PairingRequestView = z
  .object({
    id: z.string().openapi({ description: 'The other node, proven by the connection' }),
    name: z.string().openapi({ description: 'What it says that it is called; nobody vouches for it' }),
    address: z.string(),
    direction: z.enum(['outbound', 'inbound']).openapi({ description: 'Asked for here, or over there' }),
    code: z.string().openapi({ description: 'What both screens must show alike', example: '042137' }),
    state: z.enum(['comparing', 'confirmed', 'paired', 'failed']),
    expiresAtMs: momentMs,
  })
  .openapi('PairingRequest')
export type PairingRequestView = z.infer<typeof PairingRequestView>

export const PairingRequestList = z.object({ requests: z.array(PairingRequestView) }).openapi('PairingRequestList')
export type PairingRequestList = z.infer<typeof PairingRequestList>

import { z } from '@hono/zod-openapi'
import { keepAliveOptions } from '../../core/health/keep-alive.ts'
import type { NumberOption, OptionTable, SwitchOption } from '../../core/options.ts'
import { count, momentMs, orNull, ratio, spanMs } from './common.ts'
import { Band, LinkView, score, Trend } from './link.ts'

const text = z.string().openapi({ description: 'The state as the rest of a sentence that begins with the name' })

/** How it stands with a peer. */
export const PeerStateView = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('paired'), text }),
    z.object({ kind: z.literal('connecting'), text, sinceMs: momentMs, attempt: count }),
    z.object({ kind: z.literal('connected'), text, sinceMs: momentMs }),
    z.object({
      kind: z.literal('degraded'),
      text,
      sinceMs: momentMs,
      cause: z.enum(['no-answer', 'poor-health']),
    }),
    z.object({
      kind: z.literal('disconnected'),
      text,
      sinceMs: momentMs,
      reason: z.string().openapi({ description: 'A loss reason (docs/errors.md), or `unreachable`' }),
      attempts: count,
      nextAttemptMs: momentMs.nullable(),
    }),
    z.object({ kind: z.literal('paused'), text, sinceMs: momentMs }),
    z.object({ kind: z.literal('blocked'), text, sinceMs: momentMs, code: z.string(), message: z.string() }),
  ])
  .openapi('PeerState')
export type PeerStateView = z.infer<typeof PeerStateView>

type ShapeOf<Table extends OptionTable> = {
  [Name in keyof Table]: z.ZodOptional<Table[Name] extends SwitchOption ? z.ZodBoolean : z.ZodNumber>
}

/** Numbers and switches of a table of options, all of which may be left out. The store keeps whole numbers. */
function shapeOf<Table extends Readonly<Record<string, NumberOption | SwitchOption>>>(table: Table): ShapeOf<Table> {
  const fields = Object.entries(table).map(([name, row]) => {
    const form =
      row.kind === 'switch'
        ? z.boolean()
        : z
            .number()
            .int()
            .min(row.least)
            .max(row.most ?? Number.MAX_SAFE_INTEGER)
    return [name, form.optional()]
  })
  return Object.fromEntries(fields) as ShapeOf<Table>
}

/** How links are watched (docs/health.md). What is left out stays as it is by default. */
const KeepAlive = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('adaptive'), ...shapeOf(keepAliveOptions.adaptive) }),
    z.strictObject({ mode: z.literal('fixed'), ...shapeOf(keepAliveOptions.fixed) }),
    z.strictObject({ mode: z.literal('tcp'), ...shapeOf(keepAliveOptions.tcp) }),
  ])
  .openapi('KeepAlive')

/** What a person may choose for one peer. `null` stands for the default. */
const PeerSettings = z
  .strictObject({
    connectPolicy: z.enum(['always', 'on-demand']),
    idleTimeoutMs: z.number().int().min(1_000).max(86_400_000).nullable(),
    keepAlive: orNull(KeepAlive),
    protocols: z.union([z.literal('all'), z.array(z.string().min(1).max(255)).max(1_024)]),
  })
  .openapi('PeerSettings')

/** By what kinds of link a peer is reached. */
export const PeerPath = z
  .enum(['direct', 'relay', 'mixed', 'none'])
  .openapi('PeerPath', { description: 'By what kinds of link the peer is reached: `mixed` is by both' })

/** How well a peer is reached: its best link, and the last hour. */
const PeerHealthView = z
  .object({
    score: score.nullable(),
    band: Band.nullable(),
    trend: Trend,
    roundTripMs: spanMs.nullable(),
    jitterMs: spanMs.nullable(),
    loss: ratio.nullable(),
    deliverySuccess: ratio
      .nullable()
      .openapi({ description: 'Share of the probes and dials of the last hour that succeeded' }),
    lossesLastHour: count,
    lastCheckMs: momentMs.nullable().openapi({
      description:
        'When the link that these figures are of (without a link, the last one) last answered a probe, and so how old they are',
    }),
    lastProbeMs: momentMs.nullable().openapi({ description: 'When a probe was last answered, or missed' }),
  })
  .openapi('PeerHealth')

/** Where a peer may be dialed, and what came of it. */
const AddressView = z
  .object({
    address: z.string().openapi({ example: 'tcp://192.0.2.7:4100' }),
    standing: z.enum(['good', 'failing', 'unproven', 'wrong', 'stale']),
    source: z.enum(['announced', 'given', 'mdns', 'earlier']).openapi({ description: 'Who speaks of it' }),
    kind: z.enum(['same-network', 'private', 'public', 'relay']),
    learnedAtMs: momentMs,
    confirmedAtMs: momentMs.openapi({ description: 'When its source last spoke of it' }),
    expiresAtMs: momentMs.nullable().openapi({ description: 'When it is forgotten unless it is heard again or works' }),
    lastTriedMs: momentMs.nullable(),
    lastOutcome: z.enum(['reached', 'failed', 'overtaken', 'wrong-peer']).nullable(),
    lastReachedMs: momentMs.nullable(),
  })
  .openapi('Address')

/** A remote identity and all that is known of it. */
export const PeerView = z
  .object({
    id: z.string(),
    name: z.string(),
    relation: z.enum(['paired', 'member', 'guest', 'host']),
    state: PeerStateView,
    path: PeerPath,
    lastSeenMs: momentMs
      .nullable()
      .openapi({ description: 'When the last byte came from it, also while it is connected; kept across restarts' }),
    settings: PeerSettings,
    health: PeerHealthView,
    addresses: z.array(AddressView).openapi({ description: 'Where it may be dialed, in the order of trying' }),
    links: z.array(LinkView),
    openStreams: count,
    bytesSent: count.openapi({ description: 'Over all links, since this node was started' }),
    bytesReceived: count,
    dialAttempts: count.openapi({ description: 'Since this node was started' }),
    remote: z
      .object({
        protocol: z.string().openapi({ example: '1.1' }),
        features: z.array(z.string()).openapi({ example: ['status'] }),
        observedAddress: z.string().nullable().openapi({ description: 'Where it sees this node' }),
      })
      .nullable()
      .openapi({ description: 'What it said of itself when its last link came up' }),
  })
  .openapi('Peer')
export type PeerView = z.infer<typeof PeerView>

export const PeerList = z.object({ peers: z.array(PeerView) }).openapi('PeerList')
export type PeerList = z.infer<typeof PeerList>

/** What is left out stays as it is. */
export const PeerPatch = z
  .strictObject({
    name: z
      .string()
      .max(1_024)
      .optional()
      .openapi({ description: '1 to 64 bytes of UTF-8, without control characters' }),
    settings: PeerSettings.partial().optional(),
  })
  .openapi('PeerPatch')
export type PeerPatch = z.infer<typeof PeerPatch>

/** One round trip through the session. */
export const PingResult = z
  .object({
    roundTripMs: spanMs,
    served: z.boolean().openapi({ description: 'The peer serves pings; one that refuses has answered as well' }),
    clockAheadMs: z.number().nullable().openapi({ description: "By how much the peer's clock is ahead of this one's" }),
    address: z.string().nullable().openapi({ description: 'The other end of the link that carries frames' }),
  })
  .openapi('PingResult')
export type PingResult = z.infer<typeof PingResult>

/** The worst moment of each 30 s of the last hour in which something was measured, oldest first. */
export const HealthHistory = z
  .object({
    entries: z.array(
      z.object({ atMs: momentMs, score, roundTripMs: spanMs.nullable(), jitterMs: spanMs, loss: ratio }),
    ),
  })
  .openapi('HealthHistory')
export type HealthHistory = z.infer<typeof HealthHistory>

/** Times at which the last link was lost since the daemon was started, oldest first; a bounded number of them. */
export const OutageList = z
  .object({
    outages: z.array(
      z
        .object({
          lostAtMs: momentMs,
          reason: z.string().openapi({ description: 'A loss reason (docs/errors.md)' }),
          text: z.string().openapi({ description: 'What the reason means and what helps' }),
          recoveredAtMs: momentMs.nullable().openapi({ description: '`null` while it lasts' }),
          awayMs: spanMs.nullable(),
        })
        .openapi('Outage'),
    ),
  })
  .openapi('OutageList')
export type OutageList = z.infer<typeof OutageList>

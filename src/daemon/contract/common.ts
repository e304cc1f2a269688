// What the schemas of all resources are made of. What is not known is `null`, never missing; moments are milliseconds since 1970.
import { z } from '@hono/zod-openapi'

/** A moment, in milliseconds since 1970. */
export const momentMs = z.number().openapi({ description: 'Milliseconds since 1970', example: 1_764_277_200_000 })

/** A span of time, or a round trip, in milliseconds. */
export const spanMs = z.number().nonnegative().openapi({ description: 'Milliseconds' })

/** A share, from 0 to 1. */
export const ratio = z.number().min(0).max(1)

export const count = z.number().int().nonnegative()

/** A schema with a name of its own, or `null`. (`nullable()` would make the named schema itself nullable, wherever it is used.) */
export function orNull<Schema extends z.ZodType>(schema: Schema): z.ZodUnion<[Schema, z.ZodNull]> {
  return z.union([schema, z.null()])
}

/** Whom something is about. */
export const PeerRef = z
  .object({
    id: z.string().openapi({ description: 'The full peer id', example: 'hf1…' }),
    name: z.string().openapi({ description: 'What people call it here', example: 'laptop' }),
  })
  .openapi('PeerRef')

/** A peer in a path: its full id. */
export const PeerParams = z.object({
  id: z
    .string()
    .max(100)
    .openapi({ param: { name: 'id', in: 'path' }, description: 'The full peer id', example: 'hf1…' }),
})
export type PeerRef = z.infer<typeof PeerRef>

/** The query's parameter `peer`. */
export const peerQuery = (description: string) =>
  z
    .string()
    .max(100)
    .optional()
    .openapi({ param: { name: 'peer', in: 'query' }, description })

/** The query's parameter `limit`. */
export const limitQuery = (description: string) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .openapi({ param: { name: 'limit', in: 'query' }, description })

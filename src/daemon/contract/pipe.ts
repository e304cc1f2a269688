import { z } from '@hono/zod-openapi'

/** A pipe in a path: what the header `Holdfast-Pipe` of the answer to its request said. */
export const PipeParams = z.object({
  number: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .openapi({ param: { name: 'number', in: 'path' }, type: 'integer', description: 'What `Holdfast-Pipe` said' }),
})

/** Why the client gives a pipe up. */
export const PipeEnd = z
  .strictObject({
    reason: z.enum(['aborted', 'reader-gone']).openapi({ description: 'The other side is told' }),
  })
  .openapi('PipeEnd')

/** How a pipe ended. */
export const PipeOutcome = z
  .object({
    outcome: z.enum(['complete', 'reset', 'given-up', 'failed']).openapi({
      description:
        '`complete`: each side has all that the other wrote. `reset`: the other side gave it up. `given-up`: the client did. `failed`: the session ended',
    }),
    resetCode: z.number().int().nullable().openapi({ description: 'Of the other side, with `reset`' }),
    code: z.string().nullable().openapi({ description: 'A code of docs/errors.md' }),
    text: z.string().openapi({ description: 'What happened, for people' }),
  })
  .openapi('PipeOutcome')
export type PipeOutcome = z.infer<typeof PipeOutcome>

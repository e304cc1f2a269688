import { z } from '@hono/zod-openapi'

/** A pipe in a path: what the header `Holdfast-Pipe` of the answer to its request said. */
export const PipeParams = z.object({
  handle: z
    .string()
    .max(64)
    .openapi({
      param: { name: 'handle', in: 'path' },
      description: 'What `Holdfast-Pipe` said: 128 random bits, never used for another pipe',
    }),
})

/** Why the client gives a pipe up. */
export const PipeEnd = z
  .strictObject({
    reason: z
      .enum(['aborted', 'reader-gone', 'output-failed', 'output-full', 'input-failed', 'violation'])
      .openapi({ description: 'The other side is told' }),
  })
  .openapi('PipeEnd')

/** How a pipe ended. */
export const PipeOutcome = z
  .object({
    outcome: z.enum(['complete', 'reset', 'given-up', 'failed']).openapi({
      description:
        '`complete`: each side has confirmed that it wrote to its output all that the other sent, and this side’s last word has arrived. `reset`: the other side gave it up. `given-up`: the client did. `failed`: the session ended',
    }),
    resetCode: z.number().int().nullable().openapi({ description: 'Of the other side, with `reset`' }),
    code: z.string().nullable().openapi({
      description:
        'A code of docs/errors.md; with `given-up` a reason of `endPipe`, where the daemon met it at standard input or output',
    }),
    text: z.string().openapi({ description: 'What happened, for people' }),
  })
  .openapi('PipeOutcome')
export type PipeEnd = z.infer<typeof PipeEnd>
export type PipeOutcome = z.infer<typeof PipeOutcome>

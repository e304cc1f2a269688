import { z } from '@hono/zod-openapi'

/** What every answer from 400 up is: problem details (RFC 9457), as `application/problem+json`. */
export const Problem = z
  .object({
    type: z.string().openapi({
      description: '`urn:holdfast:problem:` and the code',
      example: 'urn:holdfast:problem:unknown-peer',
    }),
    title: z.string().openapi({ description: 'The name of the status', example: 'Not Found' }),
    status: z.number().int().openapi({ example: 404 }),
    detail: z.string().openapi({ description: 'A sentence for people that says what to do' }),
    code: z.string().openapi({ description: 'A code of docs/errors.md', example: 'unknown-peer' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'What is wrong with which part of the request' }),
  })
  .openapi('Problem')
export type Problem = z.infer<typeof Problem>

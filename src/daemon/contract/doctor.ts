import { z } from '@hono/zod-openapi'
import { momentMs, PeerRef } from './common.ts'

export const DoctorRequest = z
  .strictObject({ peer: z.string().max(100).optional().openapi({ description: 'A full peer id; default: all' }) })
  .openapi('DoctorRequest')

export const DoctorCheck = z
  .object({
    check: z.string().openapi({ example: 'listening' }),
    verdict: z.enum(['good', 'note', 'bad', 'unknown']),
    text: z.string().openapi({ description: 'What was found' }),
    cure: z.string().nullable().openapi({ description: 'What helps, if something is wrong' }),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('DoctorCheck')

/** Why a peer can, or cannot, be reached. */
export const DoctorReport = z
  .object({
    atMs: momentMs,
    node: z.array(DoctorCheck),
    peers: z.array(z.object({ peer: PeerRef, checks: z.array(DoctorCheck) })),
  })
  .openapi('DoctorReport')
export type DoctorReport = z.infer<typeof DoctorReport>

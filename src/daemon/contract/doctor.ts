import { z } from '@hono/zod-openapi'
import { momentMs, PeerRef } from './common.ts'

export const DoctorRequest = z
  .strictObject({ peer: z.string().max(100).optional().openapi({ description: 'A full peer id; default: all' }) })
  .openapi('DoctorRequest')

export const DoctorCheck = z
  .object({
    check: z.string().openapi({ example: 'listening' }),
    status: z
      .enum(['ok', 'info', 'warn', 'fail'])
      .openapi({ description: '`warn`: it may be the cause of trouble; `fail`: it is in the way' }),
    text: z.string().openapi({ description: 'What was found' }),
    cure: z.string().nullable().openapi({ description: 'What is likely to help' }),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('DoctorCheck')
export type DoctorCheck = z.infer<typeof DoctorCheck>

/** Why a peer can, or cannot, be reached. */
export const DoctorReport = z
  .object({
    atMs: momentMs,
    node: z.array(DoctorCheck),
    peers: z.array(z.object({ peer: PeerRef, checks: z.array(DoctorCheck) })),
  })
  .openapi('DoctorReport')
export type DoctorReport = z.infer<typeof DoctorReport>

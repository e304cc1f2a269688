import { visible } from '../../core/visible.ts'
import type { DoctorCheck } from '../contract/doctor.ts'

type Data = DoctorCheck['data']

/** All is well. */
export const ok = (check: string, text: string, data: Data = {}): DoctorCheck => ({
  check,
  status: 'ok',
  text: visible(text),
  cure: null,
  data,
})

/** Neither good nor bad, but of use to whoever looks for the cause of something. */
export const info = (check: string, text: string, data: Data = {}): DoctorCheck => ({
  ...ok(check, text, data),
  status: 'info',
})

/** It may be the cause of trouble. */
export const warn = (check: string, text: string, cure: string | null, data: Data = {}): DoctorCheck => ({
  ...ok(check, text, data),
  status: 'warn',
  cure: cure && visible(cure),
})

/** It is in the way. */
export const fail = (check: string, text: string, cure: string | null, data: Data = {}): DoctorCheck => ({
  ...ok(check, text, data),
  status: 'fail',
  cure: cure && visible(cure),
})

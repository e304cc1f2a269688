import type { Origin } from './errors.ts'
import type { Setting } from './setting.ts'

/** What one of the sources says that a setting is. */
export interface Candidate {
  readonly setting: Setting
  readonly value: unknown
  readonly origin: Origin
}

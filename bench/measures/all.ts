import type { Measure, MeasureName } from '../measure.ts'
import { bulk } from './bulk.ts'
import { dial } from './dial.ts'
import { idleMemory } from './idle-memory.ts'
import { recovery } from './recovery.ts'
import { request } from './request.ts'
import { roundTrip } from './round-trip.ts'
import { streams100 } from './streams100.ts'

export const measures: Readonly<Record<MeasureName, Measure>> = {
  bulk,
  roundTrip,
  request,
  dial,
  recovery,
  idleMemory,
  streams100,
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Control } from '../control.ts'
import { NotDeliveredError } from '../errors.ts'
import { shown } from '../output.ts'
import { conversationsWith } from './conversations.ts'
import type { Delivery } from './delivery.ts'

/** Waits until everything is delivered. Throws `NotDeliveredError`, which says why not, after `timeoutMs`; without it there is no end. */
export async function untilDelivered(
  delivery: Delivery,
  control: Control,
  timeoutMs: number | undefined,
): Promise<void> {
  const all = delivery.all()
  if (timeoutMs === undefined) return all
  const over = new AbortController()
  try {
    await Promise.race([all, sleep(timeoutMs, undefined, { signal: over.signal })])
  } finally {
    over.abort()
  }
  if (delivery.waitingFor.length > 0) throw new NotDeliveredError(await whyNot(delivery, control))
}

async function whyNot(delivery: Delivery, control: Control): Promise<string> {
  const waitingFor = new Set(delivery.waitingFor.map(({ id }) => id))
  const conversations = await conversationsWith(control.api, waitingFor)
  const why = conversations.map(({ text }) => shown(text)).join('. ')
  return `Not everything is delivered yet. ${why}. ${whatNext(control)}`
}

/** What becomes of messages that wait, when a command ends. */
export function whatNext({ daemon }: Control): string {
  return daemon === undefined
    ? 'What waits goes when this node runs again: start `holdfast up`'
    : 'The daemon delivers what waits as soon as it can'
}

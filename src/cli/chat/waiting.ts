import { withSignal } from '../../node/timing/with-signal.ts'
import type { Control } from '../control.ts'
import { NotDeliveredError } from '../errors.ts'
import { within } from '../retrying-calls.ts'
import { shown } from '../terminal/output.ts'
import { conversationsWith } from './conversations.ts'
import type { Delivery } from './delivery.ts'

/** To explain why something is not delivered may take so long; a daemon that has gone does not answer. */
const explainMs = 2_000

/** Waits until everything is delivered. Throws `NotDeliveredError`, which says why not, after `timeoutMs`; without it there is no end. */
export async function untilDelivered(
  delivery: Delivery,
  control: Control,
  timeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const late = (): Promise<Error> => notDelivered(delivery, control)
  await within(timeoutMs, signal, (until) => delivery.all(until), late)
}

/** The error that says what is not delivered, and why. */
export async function notDelivered(delivery: Delivery, control: Control): Promise<NotDeliveredError> {
  const why = await whyNot(delivery, control).catch(() => 'The daemon does not answer. ')
  return new NotDeliveredError(`Not everything is delivered yet. ${why}${whatNext(control)}`)
}

async function whyNot(delivery: Delivery, control: Control): Promise<string> {
  const waitingFor = new Set(delivery.waitingFor.map(({ id }) => id))
  const late = AbortSignal.timeout(explainMs)
  const conversations = await withSignal(conversationsWith(control.api, waitingFor, late), late)
  return conversations.map(({ text }) => `${shown(text)}. `).join('')
}

/** What becomes of messages that wait, when a command ends. */
export function whatNext({ daemon }: Control): string {
  return daemon === undefined
    ? 'What waits goes when this node runs again: start `holdfast up`'
    : 'The daemon delivers what waits as soon as it can'
}

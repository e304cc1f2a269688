import type { DaemonProcess } from './daemon-process.ts'
import type { TwoDaemons } from './two-daemons.ts'

/** Asks a daemon over its API, for what a test needs and no page is needed for. */
export async function ask(daemon: DaemonProcess, method: string, path: string, body: object = {}): Promise<unknown> {
  const headers = { Authorization: `Bearer ${daemon.token}`, 'Content-Type': 'application/json' }
  const init = method === 'GET' ? { headers } : { method, headers, body: JSON.stringify(body) }
  const response = await fetch(`${daemon.url}/api/v1/${path}`, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}

/** Pairs the two; answers the id of the one at the right. */
export async function pairByApi({ left, right }: TwoDaemons): Promise<string> {
  const { ticket } = (await ask(right, 'POST', 'tickets')) as { ticket: string }
  const { id } = (await ask(left, 'POST', 'pairings', { ticket })) as { id: string }
  return id
}

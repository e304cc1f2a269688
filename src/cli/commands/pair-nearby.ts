// Pairing on the local network: two people see each other's nodes, and compare a code.
import { setTimeout as sleep } from 'node:timers/promises'
import type { NearbyView, PairingRequestView } from '../../daemon/contract/pairing.ts'
import { shortPeerId } from '../../identity/peer-id.ts'
import { PairingError } from '../../pairing/messages.ts'
import type { Control } from '../control.ts'
import { PeerNotFoundError, UsageError } from '../errors.ts'
import { PairingEvents } from '../pairing-events.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { answerTo, confirmed } from '../terminal/confirm.ts'
import { aborted } from '../terminal/interrupt.ts'
import { note, print, printJson, shown, styledNote } from '../terminal/output.ts'
import { table } from '../terminal/table.ts'

export interface PairNearbyOptions {
  /** The node to ask; undefined: a person chooses. */
  readonly wanted: string | undefined
  /** Chooses nobody. */
  readonly waits: boolean
  readonly json: boolean
}

/** A node that was just opened has to listen for its neighbours first. */
const listenMs = 2_000

/** Lets others ask for as long as it takes, asks one of them, and has a person compare the code. */
export async function pairNearby(control: Control, options: PairNearbyOptions, signal: AbortSignal): Promise<void> {
  const { wanted, waits, json } = options
  if (control.node !== undefined) await sleep(listenMs, undefined, { signal })
  if (json && wanted === undefined && !waits) return listForScripts(control)
  if (wanted === undefined && !waits && !process.stdin.isTTY) {
    throw new UsageError(
      'Nobody is there to choose; name the node or a ticket, give a ticket by standard input with `holdfast pair -`, or wait for a node with --wait',
    )
  }
  using events = await PairingEvents.follow(control, signal)
  const wasOpen = (await control.api.nearby()).pairingOpenUntilMs !== null
  await control.api.openPairing()
  try {
    const request = await nextRequest(control, events, options, signal)
    const { id, name } = await compared(control, events, request, json, signal)
    if (json) printJson({ paired: { id, name } })
    else print(`Paired with ${shown(name)}, ${id}`)
  } finally {
    if (!wasOpen) await control.api.closePairing()
  }
}

async function listForScripts({ api }: Control): Promise<void> {
  for (const node of (await api.nearby()).nearby) printJson({ nearby: node })
}

/** Whichever is first: somebody asks this node, or it asks another. */
async function nextRequest(
  control: Control,
  events: PairingEvents,
  { wanted, waits }: PairNearbyOptions,
  signal: AbortSignal,
): Promise<PairingRequestView> {
  if (wanted !== undefined) return ask(control, chosenNearby(wanted, await nearby(control)), signal)
  if (waits) {
    note('Waiting until a node nearby asks; Ctrl-C ends it')
    return Promise.race([events.asked, aborted(signal)])
  }
  const over = new AbortController()
  const chosen = choose(control, AbortSignal.any([signal, over.signal]))
  chosen.catch(() => undefined)
  try {
    return await Promise.race([events.asked, chosen])
  } finally {
    over.abort()
  }
}

/** Shows who is there until a person has chosen one of them. */
async function choose(control: Control, signal: AbortSignal): Promise<PairingRequestView> {
  for (;;) {
    const nodes = await nearby(control)
    for (const line of list(nodes)) note(line)
    const answer = await answerTo('Number or name (Enter looks again, and waits to be asked meanwhile): ', signal)
    if (answer === undefined) throw new PeerNotFoundError('No node was chosen')
    const text = answer.trim()
    if (text === '') continue
    try {
      const node = /^\d{1,3}$/.test(text) ? nodes[Number(text) - 1] : chosenNearby(text, nodes)
      if (node !== undefined) return await ask(control, node, signal)
      note(`There is no number ${text}`)
    } catch (error) {
      signal.throwIfAborted()
      note((error as Error).message)
    }
  }
}

/** As peers are named; that a name is unknown means something else here. */
function chosenNearby(text: string, nodes: readonly NearbyView[]): NearbyView {
  try {
    return choosePeer(text, nodes)
  } catch (error) {
    if (!(error instanceof PeerNotFoundError)) throw error
    throw new PeerNotFoundError(
      `Nobody on the local network is heard who is called '${shown(text)}'; run \`holdfast pair\` there, or pair by a ticket`,
    )
  }
}

async function nearby({ api }: Control): Promise<NearbyView[]> {
  const { nearby: nodes } = await api.nearby()
  if (nodes.length > 0) return nodes
  note(
    'Nobody is heard on the local network: run `holdfast pair` on the other machine too, or pair by a ticket (`holdfast ticket`)',
  )
  return []
}

function list(nodes: readonly NearbyView[]): string[] {
  if (nodes.length === 0) return []
  const rows = nodes.map(({ name, id, isPaired, acceptsPairing }, at) => [
    String(at + 1),
    shown(name),
    shortPeerId(id),
    isPaired ? 'paired already' : acceptsPairing ? 'can be asked' : 'run `holdfast pair` there first',
  ])
  return table(['', 'NAME', 'ID', ''], rows)
}

async function ask({ api }: Control, { id, name }: NearbyView, signal: AbortSignal): Promise<PairingRequestView> {
  note(`Asking ${shown(name)} (${id})`)
  return api.askNearby(id, signal)
}

/** Has the code compared here, and waits for the other side. Throws `PairingError` if it comes to nothing. */
async function compared(
  { api }: Control,
  events: PairingEvents,
  request: PairingRequestView,
  json: boolean,
  signal: AbortSignal,
): Promise<PairingRequestView> {
  const { id, name } = request
  const over = new AbortController()
  const end = events.ended(id, signal)
  // The other side may say no, or time run out, before anybody here has answered.
  void end.then(
    () => over.abort(),
    () => undefined,
  )
  try {
    const isSame = await isCodeTheSame(request, json, AbortSignal.any([signal, over.signal]))
    await api.answerPairing(id, isSame ? 'confirm' : 'reject')
    if (!isSame) throw new PairingError(`The code was not confirmed here, so nothing was paired with ${shown(name)}`)
    note('Waiting for the other side')
  } catch (error) {
    if (!over.signal.aborted) throw error
  }
  const { outcome, message } = await end
  if (outcome === 'paired') return request
  throw new PairingError(`The pairing with ${shown(name)} came to nothing: ${shown(message)}`)
}

/** Asks the person, or the script, at this side. */
async function isCodeTheSame(request: PairingRequestView, json: boolean, signal: AbortSignal): Promise<boolean> {
  const { id, name, code } = request
  if (json) {
    printJson({ request })
    return confirmed('', signal)
  }
  note(`\n${shown(name)} (${id}) is to be paired. Both screens must show\n\n    ${styledNote('bold', spaced(code))}\n`)
  return confirmed('Is it the same on the other screen?', signal)
}

/** Six digits are read in two threes. */
function spaced(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}

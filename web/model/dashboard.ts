import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { EventView, LogPage } from '../../src/daemon/contract/event.ts'
import type { PeerList, PeerView } from '../../src/daemon/contract/peer.ts'
import type { StatusView } from '../../src/daemon/contract/status.ts'
import type { Client } from '../daemon/client.ts'
import { ProblemError, sentenceOf, TokenError } from '../daemon/errors.ts'
import { type Contact, retryAfterMs } from './contact.ts'
import { EventJournal } from './event-journal.ts'
import { Notices } from './notices.ts'
import { Resource } from './resource.ts'
import { Samples } from './samples.ts'

const TICK_MS = 1_000
const POLL_MS = 2_000
/** Events come in bursts, and a burst is worth one read. */
const BURST_MS = 100
const LOG_PAGE = 100

/** All that the page knows of its daemon, kept fresh for as long as it can be reached, and marked as old when it cannot. */
export class Dashboard {
  readonly client: Client
  readonly notices = new Notices()
  readonly journal = new EventJournal()
  readonly samples = new Samples()
  readonly #version: string
  readonly #reload: (version: string) => boolean
  readonly #contact = signal<Contact>({ kind: 'opening' })
  readonly #browserMs = signal(Date.now())
  readonly #daemonMs = signal(Date.now())
  readonly #said = signal('')
  readonly #status: Resource<StatusView>
  readonly #peers: Resource<PeerList>
  readonly #resources = new Set<Resource<unknown>>()
  /** What is to be read when the burst is over. */
  readonly #touched = new Set<Resource<unknown>>()
  #clockOffsetMs = 0
  #lastEventId: string | undefined
  #failures = 0
  #abort = new AbortController()
  #wakeUp: () => void = () => undefined
  #burst: ReturnType<typeof setTimeout> | undefined

  /** `reload` gets the page of another version; it answers false if that did not help before. */
  constructor(client: Client, version: string, reload: (version: string) => boolean) {
    this.client = client
    this.#version = version
    this.#reload = reload
    this.#status = new Resource(
      () => this.#readStatus(),
      () => true,
    )
    this.#peers = new Resource(
      () => this.#readPeers(),
      (event) => event.peer !== null,
    )
    this.#resources.add(this.#status)
    this.#resources.add(this.#peers)
  }

  get contact(): ReadonlySignal<Contact> {
    return this.#contact
  }

  /** Whether what is shown is true now, and what a person asks for can be done. */
  readonly isLive = computed(() => this.#contact.value.kind === 'live')

  /** The daemon's clock, second by second; it stands still while the daemon cannot be reached, as does all that is counted by it. */
  get nowMs(): ReadonlySignal<number> {
    return this.#daemonMs
  }

  /** The browser's own clock, second by second. */
  get browserMs(): ReadonlySignal<number> {
    return this.#browserMs
  }

  /** What a screen reader is to say: the last thing that happened to a peer's connection. */
  get said(): ReadonlySignal<string> {
    return this.#said
  }

  get status(): ReadonlySignal<StatusView | undefined> {
    return this.#status.value
  }

  readonly peers = computed<readonly PeerView[] | undefined>(() => this.#peers.value.value?.peers)

  /** Begins, and goes on for as long as the page is there. */
  start(): void {
    setInterval(() => this.#tick(), TICK_MS)
    setInterval(() => this.#poll(), POLL_MS)
    document.addEventListener('visibilitychange', () => this.#poll())
    window.addEventListener('online', () => this.tryNow())
    void this.#keepContact()
  }

  /** Ends the wait for the next try. */
  tryNow(): void {
    if (this.#contact.value.kind !== 'live') this.#wakeUp()
  }

  /** Reads a resource now, at each event that touches it, and every two seconds, until the function that this answers is called. */
  follow(resource: Resource<unknown>): () => void {
    this.#resources.add(resource)
    if (this.isLive.peek()) this.#refresh([resource])
    return () => this.#resources.delete(resource)
  }

  /** Does what a person asked for, then reads everything anew. Tells of a failure, and answers undefined then. */
  async act<T>(deed: (client: Client) => Promise<T>): Promise<{ readonly done: T } | undefined> {
    try {
      return { done: await deed(this.client) }
    } catch (error) {
      this.#failed(error)
      this.notices.add('failure', sentenceOf(error))
      return undefined
    } finally {
      this.#refreshSoon(() => true)
    }
  }

  /** The page of the log before what the journal has. */
  async older(): Promise<void> {
    const { before } = this.journal
    if (before === null) return
    const read = await this.act((client) => client.get<LogPage>(`log?limit=${LOG_PAGE}&before=${before}`))
    if (read !== undefined) this.journal.older(read.done)
  }

  #tick(): void {
    this.#browserMs.value = Date.now()
    if (this.isLive.value) this.#daemonMs.value = Date.now() + this.#clockOffsetMs
  }

  #poll(): void {
    if (document.visibilityState === 'visible' && this.isLive.value) this.#refresh(this.#resources)
  }

  #refresh(resources: Iterable<Resource<unknown>>): void {
    for (const resource of resources) resource.refresh().catch((error: unknown) => this.#failed(error))
  }

  /** Whatever shows that the daemon is gone ends the stream of events, and with it the contact. */
  #failed(error: unknown): void {
    if (!(error instanceof ProblemError)) this.#abort.abort(error)
  }

  async #keepContact(): Promise<never> {
    for (;;) {
      try {
        await this.#live()
      } catch (error) {
        await this.#cutOff(this.#abort.signal.aborted ? this.#abort.signal.reason : error)
      }
    }
  }

  /** Reads everything, then follows the events. Ends by throwing. */
  async #live(): Promise<void> {
    this.#abort = new AbortController()
    await this.#status.refresh()
    const version = this.status.value?.version
    if (version !== undefined && version !== this.#version) {
      if (!this.#reload(version)) this.#contact.value = { kind: 'outdated', version }
      // Until it is loaded anew, this page asks nothing more of a daemon that it may not understand.
      await new Promise(() => undefined)
    }
    const events = this.client.events(this.#lastEventId, this.#abort.signal)
    if (this.#lastEventId === undefined) await this.#beginJournal()
    await Promise.all([...this.#resources].map((resource) => resource.refresh()))
    this.#contact.value = { kind: 'live' }
    this.#failures = 0
    for await (const { id, data } of events) {
      const event = JSON.parse(data) as EventView
      this.#lastEventId = id ?? this.#lastEventId
      // The daemon has not kept what was missed, or it was another run of it.
      if (event.type === 'events:missed') await this.#beginJournal()
      this.#happened(event)
    }
  }

  async #beginJournal(): Promise<void> {
    const page = await this.client.get<LogPage>(`log?limit=${LOG_PAGE}`)
    this.journal.begin(page)
    this.#lastEventId ??= page.events.at(-1)?.id
  }

  #happened(event: EventView): void {
    this.journal.add(event)
    if (event.type === 'pairing:ended')
      this.notices.add('news', `${event.text.charAt(0).toUpperCase()}${event.text.slice(1)}.`)
    if (event.type === 'peer:connected' || event.type === 'peer:disconnected') this.#said.value = event.text
    this.#refreshSoon((resource) => resource.touchedBy(event))
  }

  /** Not at once: a burst is over then, and the page has left what is no more. */
  #refreshSoon(isTouched: (resource: Resource<unknown>) => boolean): void {
    for (const resource of this.#resources) if (isTouched(resource)) this.#touched.add(resource)
    if (this.#burst !== undefined) return
    this.#burst = setTimeout(() => {
      this.#burst = undefined
      const touched = this.#resources.intersection(this.#touched)
      this.#touched.clear()
      if (this.isLive.value) this.#refresh(touched)
    }, BURST_MS)
  }

  /** Says so, and waits until it is time to try again. */
  async #cutOff(error: unknown): Promise<void> {
    const before = this.#contact.value
    let waitMs = Number.POSITIVE_INFINITY
    if (error instanceof TokenError) {
      this.#contact.value = { kind: 'no-token', wasRefused: error.wasRefused }
    } else {
      waitMs = retryAfterMs(++this.#failures)
      const sinceMs = before.kind === 'cut-off' ? before.sinceMs : Date.now()
      this.#contact.value = { kind: 'cut-off', sinceMs, retryAtMs: Date.now() + waitMs }
    }
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve
      if (waitMs !== Number.POSITIVE_INFINITY) setTimeout(resolve, waitMs)
    })
  }

  async #readStatus(): Promise<StatusView> {
    const before = this.status.value
    const status = await this.client.get<StatusView>('status')
    this.#clockOffsetMs = status.nowMs - Date.now()
    this.#daemonMs.value = status.nowMs
    if (before !== undefined && before.startedAtMs !== status.startedAtMs) {
      this.notices.add('news', 'The daemon was started anew; this is from its new run.')
    }
    return status
  }

  async #readPeers(): Promise<PeerList> {
    const list = await this.client.get<PeerList>('peers')
    this.samples.take(list.peers, Date.now() + this.#clockOffsetMs)
    return list
  }
}

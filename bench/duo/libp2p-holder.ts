import { setTimeout as sleep } from 'node:timers/promises'
import type { ByteStream } from '../contestant.ts'
import { Libp2pHolder as Node } from '../contestants/libp2p.ts'
import type { Accepting, Holder, Holding, Note, Outlet, Sink } from './holder.ts'

const RETRY_MS = 100

/** js-libp2p with the peer tagged keep-alive, which makes it dial again; a new stream is opened as soon as it is connected. */
export class Libp2pDuoHolder implements Holder {
  introduce(): string {
    return ''
  }

  async accept(_introduction: string, _ports: unknown, sink: () => Sink, note: Note): Promise<Accepting> {
    const node = await Node.create(0, { endsSilent: true })
    node.changed = (kind) => note(kind)
    await node.start()
    await node.serve((stream) => {
      const target = sink()
      stream.handlers = {
        data: (bytes) => target.data(bytes),
        end: () => {
          target.end()
          stream.end()
        },
      }
    })
    const invitation = JSON.stringify({ id: node.id })
    return { port: node.port, invitation, close: () => node.stop() }
  }

  async hold(invitation: string, ports: readonly number[], note: Note): Promise<Holding> {
    const { id } = JSON.parse(invitation) as { id: string }
    let attempts = 0
    const node = await Node.create(undefined, { endsSilent: true, dialing: () => void attempts++ })
    await node.start()
    await node.know(id, ports[0] ?? 0)
    const outlets: Libp2pOutlet[] = []
    node.changed = (kind) => {
      note(kind)
      if (kind === 'up') for (const outlet of outlets) void outlet.reopen()
    }
    await node.dial(id)
    return {
      attempts: () => attempts,
      links: () => node.connections().length,
      async open() {
        const isUp = (): boolean => node.connections().length > 0
        const outlet = new Libp2pOutlet(() => node.openStream(id), isUp, await node.openStream(id))
        outlets.push(outlet)
        return outlet
      },
      close: () => node.stop(),
    }
  }
}

class Libp2pOutlet implements Outlet {
  drained: () => void = () => {}
  readonly #open: () => Promise<ByteStream>
  readonly #isUp: () => boolean
  #stream: ByteStream | undefined
  #opening = false

  constructor(open: () => Promise<ByteStream>, isUp: () => boolean, stream: ByteStream) {
    this.#open = open
    this.#isUp = isUp
    this.#use(stream)
  }

  /** After a loss, and once libp2p has connected again: to dial is its affair. */
  async reopen(): Promise<void> {
    if (this.#stream !== undefined || this.#opening) return
    this.#opening = true
    while (this.#stream === undefined && this.#isUp()) {
      try {
        this.#use(await this.#open())
      } catch {
        await sleep(RETRY_MS)
      }
    }
    this.#opening = false
    this.drained()
  }

  write(bytes: Uint8Array): boolean {
    if (this.#stream === undefined) return false
    try {
      return this.#stream.write(bytes)
    } catch {
      this.#stream = undefined
      return false
    }
  }

  end(): void {
    this.#stream?.end()
  }

  #use(stream: ByteStream): void {
    this.#stream = stream
    stream.handlers = {
      drain: () => this.drained(),
      closed: () => {
        if (this.#stream === stream) this.#stream = undefined
        void this.reopen()
      },
    }
  }
}

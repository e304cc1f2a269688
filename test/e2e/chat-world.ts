// Two people with a daemon each, in real processes, who are paired.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findDaemon } from '../../src/cli/find-daemon.ts'
import type { ApiClient } from '../../src/daemon/client.ts'
import type { ChatMessageView } from '../../src/daemon/contract/chat.ts'
import { open } from '../../src/index.ts'
import { Command } from './command.ts'

export class ChatWorld {
  readonly #root: string
  readonly #listen: Readonly<Record<string, string>>
  readonly #daemons = new Map<string, Command>()

  private constructor(root: string, listen: Readonly<Record<string, string>>) {
    this.#root = root
    this.#listen = listen
  }

  /** Pairs alice and bob; no daemon runs yet. */
  static async make(): Promise<ChatWorld> {
    const names = ['alice', 'bob']
    const root = await mkdtemp(join(tmpdir(), 'holdfast-chat-pipe-'))
    const listen: Record<string, string> = {}
    for (const name of names) listen[name] = `tcp://127.0.0.1:${await freePort()}`
    const [alice, bob] = await Promise.all(
      names.map((name) => open({ dir: join(root, name), name, listen: [listen[name]!] })),
    )
    await alice!.pair(await bob!.ticket())
    await Promise.all([alice, bob].map((node) => node!.close()))
    return new ChatWorld(root, listen)
  }

  dir(who: string): string {
    return join(this.#root, who)
  }

  /** The daemon of this person. Started if none runs, with its API at a port that it did not have before; resolves when it serves. */
  async up(who: string): Promise<Command> {
    const running = this.#daemons.get(who)
    if (running !== undefined) return running
    const places = ['--listen', this.#listen[who]!, '--api-listen', `127.0.0.1:${await freePort()}`]
    const daemon = new Command('up', '--dir', this.dir(who), '--mdns-enabled=false', ...places)
    this.#daemons.set(who, daemon)
    await daemon.prints(/"the daemon runs"/)
    return daemon
  }

  /** Kills the daemon of this person; resolves when it is gone. */
  async kill(who: string): Promise<void> {
    const daemon = this.#daemons.get(who)
    this.#daemons.delete(who)
    daemon?.kill('SIGKILL')
    await daemon?.exit
  }

  /** A chat of this person, beside the daemon. */
  chat(who: string, ...args: string[]): Command {
    return new Command('chat', ...args, '--dir', this.dir(who))
  }

  /** The API of this person's daemon. */
  async api(who: string): Promise<ApiClient> {
    const found = await findDaemon(this.dir(who))
    if (found === undefined || !('api' in found)) throw new Error(`No daemon of ${who} answers`)
    return found.api
  }

  /** What this person's daemon has kept, after the message of this number. */
  async messages(who: string, after = 0): Promise<ChatMessageView[]> {
    return (await (await this.api(who)).messages({ after, limit: 1_000 })).messages
  }

  /** The number of the newest message that this person's daemon has kept. */
  async newest(who: string): Promise<number> {
    return (await (await this.api(who)).messages({ limit: 1 })).messages.at(-1)?.number ?? 0
  }

  async dispose(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

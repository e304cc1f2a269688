// The process under test: one node in a namespace of its own, led by a scenario over Node's IPC channel.
import { now } from '../../../demo/clock.ts'
import { Commands } from './commands.ts'
import type { Call, FromAgent } from './messages.ts'

function send(message: FromAgent): void {
  if (process.connected) process.send?.(message)
}

const commands = new Commands((peer, event) => send({ event: { atMs: now(), peer, ...event } }))

async function answer({ call, name, args }: Call): Promise<void> {
  try {
    const command = commands[name as keyof Commands] as (...values: unknown[]) => unknown
    send({ call, value: await command.apply(commands, [...args]) })
  } catch (error) {
    send({ call, error: error instanceof Error ? error.message : String(error) })
  }
}

process.on('message', (message: Call) => void answer(message))
// Whoever leads it is gone. Ctrl-C is for the leader alone, though the terminal sends it to both.
process.once('disconnect', () => process.exit())
process.on('SIGINT', () => undefined)

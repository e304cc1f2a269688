// A process of a pair: `node child.ts <contestant> server|client [quick]`, started by process.ts.
import { BenchClient } from './client.ts'
import type { ContestantName } from './contestant.ts'
import { loadContestant } from './contestants/load.ts'
import { answerWith, Endpoint } from './rpc.ts'
import { BenchServer } from './server.ts'

const [name, role, pace] = process.argv.slice(2)
// Calls may arrive while the contestant still loads; they wait for it.
const half = loadContestant(name as ContestantName).then((contestant) =>
  role === 'server' ? new BenchServer(contestant) : new BenchClient(contestant, call, pace === 'quick'),
)
half.catch(() => {})
const endpoint = new Endpoint(process, async (method, parameters) => answerWith(await half)(method, parameters))

function call(method: string, parameters: unknown[]): Promise<unknown> {
  return endpoint.call(method, parameters)
}

// Whatever ends main, this process does not stay behind.
process.on('disconnect', () => process.exit(1))
// Ctrl-C reaches every process of the terminal; main ends its children itself.
process.on('SIGINT', () => {})

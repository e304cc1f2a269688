// A process of a scenario: `node worker.ts <role> server|client`, started by process.ts.
import { loadRole, type RoleName } from './roles.ts'
import { answerWith, Endpoint } from './rpc.ts'

// Calls may arrive while the role still loads; they wait for it.
const role = loadRole(process.argv[2] as RoleName)
role.catch(() => {})
const endpoint = new Endpoint(process, async (method, parameters) => answerWith(await role)(method, parameters))

// A failure outside of any call would else be seen by nobody.
process.on('uncaughtException', (error) => {
  endpoint.fail(error)
  process.stderr.write(`${error.stack ?? String(error)}\n`)
  process.exit(1)
})
// Whatever ends main, this process does not stay behind.
process.on('disconnect', () => process.exit(1))
// Ctrl-C reaches every process of the terminal; main ends its children itself.
process.on('SIGINT', () => {})
